package atomicfile

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestMain lets the test binary play the processes that write one file.
func TestMain(m *testing.M) {
	path := os.Getenv("ATOMICFILE_FILE")
	switch os.Getenv("ATOMICFILE_PLAY") {
	case "count":
		for range perProcess {
			exitOn(increment(path))
		}
		os.Exit(0)
	case "churn":
		for i := 0; ; i++ {
			exitOn(churn(path, byte('a'+i%26)))
		}
	}
	os.Exit(m.Run())
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play starts a process with a part.
func play(t *testing.T, part, path string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ATOMICFILE_PLAY="+part, "ATOMICFILE_FILE="+path)
	out := new(bytes.Buffer)
	cmd.Stderr = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

const (
	processes  = 32
	perProcess = 4
)

func TestManyProcesses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, path, "0", 0o600)
	var waits []func() error
	for range processes {
		cmd, out := play(t, "count", path)
		waits = append(waits, func() error {
			if err := cmd.Wait(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		})
	}
	for _, wait := range waits {
		if err := wait(); err != nil {
			t.Error(err)
		}
	}
	if got := content(t, path); got != strconv.Itoa(processes*perProcess) {
		t.Errorf("the count is %s, want %d", got, processes*perProcess)
	}
	only(t, dir, "f")
}

// churn writes a content of one letter and a random size.
func churn(path string, letter byte) error {
	f, err := Open(context.Background(), path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Replace(bytes.Repeat([]byte{letter}, 1+rand.IntN(1<<20)))
}

// TestKills kills writers at random moments: the file is whole each time, and
// what they left is gone after the next write.
func TestKills(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, path, "start", 0o600)
	kills, left := 60, 0
	if testing.Short() {
		kills = 10
	}
	for range kills {
		cmd, out := play(t, "churn", path)
		time.Sleep(5*time.Millisecond + rand.N(20*time.Millisecond))
		cmd.Process.Kill()
		cmd.Wait()
		if out.Len() > 0 {
			t.Fatalf("the writer failed: %s", out)
		}
		b := []byte(content(t, path))
		if string(b) != "start" && (len(b) == 0 || len(bytes.Trim(b, string(b[:1]))) > 0) {
			t.Fatalf("the file is torn: %d bytes", len(b))
		}
		entries, _ := os.ReadDir(dir)
		left = max(left, len(entries)-1)
	}
	cleaned.Delete(dir)
	f := mustOpen(t, path)
	if err := f.Replace([]byte("end")); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "f")
	t.Logf("%d kills; at most %d temporary files were left at a time", kills, left)
}
