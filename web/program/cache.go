package program

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// keptPrograms is how many compressed programs stay in the cache: enough for a few
// branches in work.
const keptPrograms = 4

// cacheFolder returns the folder for compressed programs. It is empty if there is
// none.
func cacheFolder() string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	folder = filepath.Join(folder, "n2n", "web")
	if os.MkdirAll(folder, 0o755) != nil {
		return ""
	}
	return folder
}

// compress compresses a program, or takes it from the cache, where its name is its
// checksum. An unusable cache costs only time.
func compress(wasm []byte, cache string) ([]byte, error) {
	file := filepath.Join(cache, fmt.Sprintf("%x.wasm.gz", sha256.Sum256(wasm)))
	if cache != "" {
		if b, err := os.ReadFile(file); err == nil && unpacks(b, wasm) {
			return b, nil
		}
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(wasm)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("program: %w", err)
	}
	if cache != "" && replaceFile(file, b.Bytes()) == nil {
		tidy(cache)
	}
	return b.Bytes(), nil
}

// unpacks reports whether b is wasm, compressed. A cache can hold anything.
func unpacks(b, wasm []byte) bool {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return false
	}
	unpacked, err := io.ReadAll(io.LimitReader(r, int64(len(wasm))+1))
	return err == nil && bytes.Equal(unpacked, wasm)
}

// tidy removes the oldest programs.
func tidy(cache string) {
	files, _ := filepath.Glob(filepath.Join(cache, "*.wasm.gz"))
	age := func(file string) int64 {
		info, err := os.Stat(file)
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(files, func(a, b string) int { return int(min(1, max(-1, age(b)-age(a)))) })
	for _, file := range files[min(keptPrograms, len(files)):] {
		_ = os.Remove(file)
	}
}

// replaceFile writes a file so that others see the old file or the whole new one.
func replaceFile(file string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return fmt.Errorf("program: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("program: %w", err)
	}
	return nil
}
