package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// pair is what one line of the table compares.
type pair struct{ ours, theirs []sampleRun }

// large measures a file with many values, and one with a tenth of them.
func (b *bench) large(ext string, text func(n int) string, encrypt, decrypt float64) error {
	file, tenth := filepath.Join(b.dir, "large."+ext), filepath.Join(b.dir, "tenth."+ext)
	if err := os.WriteFile(file, []byte(text(b.values)), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(tenth, []byte(text(b.values/10)), 0o644); err != nil {
		return err
	}
	enc, small, err := b.encryptions(file, tenth)
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{b.sops, "encrypt", "--output", sopsFile(file), file},
		{b.encfg, "encrypt", "-q", "-o", ownFile(file), file},
		{b.encfg, "encrypt", "-q", "-o", ownFile(tenth), tenth},
	} {
		if _, err := b.run(nil, args[0], args[1:]...); err != nil {
			return err
		}
	}
	dec, smallDec, err := b.decryptions(file, tenth, ext)
	if err != nil {
		return err
	}
	t := &b.table
	t.atLeast(ext+": encrypt, times faster than sops", enc.theirs, enc.ours, seconds, encrypt)
	t.atLeast(ext+": decrypt, times faster than sops", dec.theirs, dec.ours, seconds, decrypt)
	t.atMost(ext+": encrypt, all values against a tenth", enc.ours, small, seconds, 11)
	t.atMost(ext+": decrypt, all values against a tenth", dec.ours, smallDec, seconds, 11)
	t.atMost(ext+": encrypt, peak memory against sops", enc.ours, enc.theirs, megabytes, 0.5)
	t.atMost(ext+": decrypt, peak memory against sops", dec.ours, dec.theirs, megabytes, 0.5)
	return nil
}

// encryptions encrypts to standard output.
func (b *bench) encryptions(file, tenth string) (p pair, small []sampleRun, err error) {
	err = b.repeat(b.runs, func(i int) error {
		if err := b.measure(&p.theirs, b.sops, "encrypt", file); err != nil {
			return err
		}
		for range 3 { // ours are short, and so less certain
			if err := b.measure(&p.ours, b.encfg, "encrypt", "-q", "-o", "-", file); err != nil {
				return err
			}
			if err := b.measure(&small, b.encfg, "encrypt", "-q", "-o", "-", tenth); err != nil {
				return err
			}
		}
		return nil
	})
	return p, small, err
}

func (b *bench) decryptions(file, tenth, ext string) (p pair, small []sampleRun, err error) {
	err = b.repeat(b.runs, func(i int) error {
		// Each reads its own file; sops reads ours as well.
		if err := b.measure(&p.theirs, b.sops, "decrypt", sopsFile(file)); err != nil {
			return err
		}
		for range 3 {
			if err := b.measure(&p.ours, b.encfg, "decrypt", ownFile(file)); err != nil {
				return err
			}
			if err := b.measure(&small, b.encfg, "decrypt", ownFile(tenth)); err != nil {
				return err
			}
		}
		return nil
	})
	return p, small, err
}

// ownFile is where encfg puts the encrypted form of a file.
func ownFile(file string) string {
	return filepath.Join(filepath.Dir(file), "own-"+filepath.Base(file))
}

// sopsFile is where sops puts it.
func sopsFile(file string) string {
	return filepath.Join(filepath.Dir(file), "sops-"+filepath.Base(file))
}

// small measures the time of a process with one small file.
func (b *bench) small() error {
	file := filepath.Join(b.dir, "small.yaml")
	if err := os.WriteFile(file, []byte(yamlText(12)), 0o644); err != nil {
		return err
	}
	public, err := publicKey(b.key)
	if err != nil {
		return err
	}
	enc, sealed := ownFile(file), file+".age"
	if _, err := b.run(nil, b.encfg, "encrypt", "-q", "-o", enc, file); err != nil {
		return err
	}
	if _, err := b.run(nil, b.age, "-r", public, "-o", sealed, file); err != nil {
		return err
	}
	var ours, age, sops []sampleRun
	err = b.repeat(20*b.runs, func(int) error {
		for _, m := range []struct {
			into *[]sampleRun
			args []string
		}{
			{&ours, []string{b.encfg, "decrypt", enc}},
			{&age, []string{b.age, "-d", "-i", b.key, sealed}},
			{&sops, []string{b.sops, "decrypt", enc}},
		} {
			if err := b.measure(m.into, m.args[0], m.args[1:]...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.table.atMost("one small file: decrypt, against age -d", ours, age, seconds, 1.6)
	b.table.atMost("one small file: decrypt, against sops", ours, sops, seconds, 1.0/3)
	return nil
}

const (
	treeFiles = 500
	// sopsCalls is how many calls of sops are measured; the time of treeFiles
	// calls is calculated from them.
	sopsCalls = 25
)

// tree measures one call for many small files against a call of sops for each.
func (b *bench) tree() error {
	root := filepath.Join(b.dir, "tree")
	var files []string
	for i := range treeFiles {
		dir := filepath.Join(root, fmt.Sprintf("team%02d", i%20), fmt.Sprintf("service%d", i))
		ext, text := "yaml", yamlText
		switch i % 3 {
		case 1:
			ext, text = "json", jsonText
		case 2:
			ext, text = "env", envText
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		files = append(files, filepath.Join(dir, "secrets."+ext))
		if err := os.WriteFile(files[i], []byte(text(10)), 0o644); err != nil {
			return err
		}
	}
	rule := "creation_rules:\n- path_regex: .*\n"
	if err := os.WriteFile(filepath.Join(root, ".encfg.yaml"), []byte(rule), 0o644); err != nil {
		return err
	}
	var enc, dec pair
	err := b.repeat(b.runs, func(int) error {
		for _, m := range []struct {
			p    *pair
			verb string
		}{{&enc, "encrypt"}, {&dec, "decrypt"}} {
			calls, err := b.sopsCalls(m.verb, files[:sopsCalls])
			if err != nil {
				return err
			}
			m.p.theirs = append(m.p.theirs, calls)
		}
		if err := b.measure(&enc.ours, b.encfg, "encrypt", "-q", "-r", "--exclude", ".encfg.yaml", root); err != nil {
			return err
		}
		return b.measure(&dec.ours, b.encfg, "decrypt", "-q", "-i", "-r", root)
	})
	if err != nil {
		return err
	}
	note := fmt.Sprintf(" (of %d, from %d)", treeFiles, sopsCalls)
	b.table.atLeast("500 files: encrypt in one call, times faster than calls of sops"+note, enc.theirs, enc.ours, seconds, 30)
	b.table.atLeast("500 files: decrypt in one call, times faster than calls of sops"+note, dec.theirs, dec.ours, seconds, 30)
	return nil
}

// sopsCalls calls sops in place for some files, and calculates the time for
// all of them.
func (b *bench) sopsCalls(verb string, files []string) (sampleRun, error) {
	var all []sampleRun
	total := sampleRun{}
	for _, f := range files {
		if err := b.measure(&all, b.sops, verb, "-i", f); err != nil {
			return total, err
		}
		total.seconds += all[len(all)-1].seconds
	}
	total.seconds *= float64(treeFiles) / float64(len(files))
	return total, nil
}
