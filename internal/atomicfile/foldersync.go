package atomicfile

import "sync"

// folderSyncs are the syncs of folders that are waited for. Many files of one
// folder that are replaced at the same time share them: whoever comes while a
// sync runs waits for the next one, which then is for all who wait.
var folderSyncs = struct {
	sync.Mutex
	next    map[string]*folderSync // the one that has not begun
	running map[string]*sync.Mutex
}{next: map[string]*folderSync{}, running: map[string]*sync.Mutex{}}

type folderSync struct {
	done chan struct{}
	err  error
}

// syncFolder makes the names in a folder durable, those of files that were
// renamed before the call at least.
func syncFolder(dir string) error {
	all := &folderSyncs
	all.Lock()
	turn := all.running[dir]
	if turn == nil {
		turn = new(sync.Mutex)
		all.running[dir] = turn
	}
	s, waiting := all.next[dir]
	if !waiting {
		s = &folderSync{done: make(chan struct{})}
		all.next[dir] = s
	}
	all.Unlock()
	if waiting {
		<-s.done
		return s.err
	}
	turn.Lock()
	all.Lock()
	delete(all.next, dir) // from here on it is too late to join
	all.Unlock()
	s.err = syncFolderNow(dir)
	turn.Unlock()
	close(s.done)
	return s.err
}
