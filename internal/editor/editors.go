package editor

import (
	"path/filepath"
	"strconv"
)

// known is an editor, and what turns its copies off.
type known struct {
	names []string
	args  func(dir string) []string
	note  string
}

// editors lists the editors that would write copies elsewhere.
var editors = []known{
	{names: []string{"vim", "gvim", "vimx", "mvim"}, args: vim},
	{names: []string{"nvim"}, args: vim},
	// Its settings may ask for backups, and for a history of what was searched.
	{names: []string{"nano"}, args: func(string) []string { return []string{"--ignorercfiles"} }},
	{names: []string{"emacs", "xemacs"}, args: emacs},
	{names: []string{"emacsclient"}, args: func(string) []string { return nil },
		note: "the Emacs server decides by its own settings about backups and auto-save files of this text"},
	{names: []string{"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"}, args: code},
	{names: []string{"micro"}, args: func(string) []string {
		return []string{"-backup", "off", "-savecursor", "off", "-savehistory", "off", "-saveundo", "off"}
	}},
	{names: []string{"joe", "jmacs", "jpico", "jstar"}, args: func(string) []string { return []string{"-nobackups"} }},
	{names: []string{"subl", "sublime_text"}, args: func(string) []string { return []string{"--wait", "--new-window"} },
		note: "Sublime Text keeps unsaved text on the disk (hot_exit in its settings)"},
	{names: []string{"gedit", "kate", "mousepad", "xed"}, args: func(string) []string { return nil },
		note: "this editor may keep backups by its own settings"},
}

// vim turns the swap, backup, undo and viminfo files off, before the user's
// settings are read and again after; should one be written all the same, it is
// written into the folder.
func vim(dir string) []string {
	off := "set noswapfile nobackup nowritebackup noundofile viminfo= directory=" + escapeVim(dir) +
		" backupdir=" + escapeVim(dir) + " undodir=" + escapeVim(dir)
	return []string{"-n", "-i", "NONE", "--cmd", off, "-c", off}
}

// escapeVim writes a folder such that it is one value of a list option.
func escapeVim(dir string) string {
	out := ""
	for _, c := range dir {
		switch c {
		case ' ', '\\', '|', '"', ',':
			out += `\`
		}
		out += string(c)
	}
	return out
}

// emacs turns backups, auto-save files and locks off once its settings are read.
func emacs(dir string) []string {
	d := strconv.Quote(dir + "/")
	return []string{"--eval", `(setq make-backup-files nil backup-inhibited t auto-save-default nil` +
		` create-lockfiles nil auto-save-list-file-prefix nil recentf-save-file nil savehist-mode nil desktop-save nil` +
		` temporary-file-directory ` + d + ` backup-directory-alist '(("." . ` + d + `)))`}
}

// code starts an instance of its own, whose copies of unsaved text and whose
// history of saved text are in the folder.
func code(dir string) []string {
	return []string{"--wait", "--new-window", "--disable-extensions", "--user-data-dir", filepath.Join(dir, "editor")}
}
