package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
)

// version names this program: its module with its version, and that of n2n if it is another
// module. Where the version does not tell what was compiled, it has the beginning of the hash
// of the program's file.
var version = sync.OnceValue(func() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown " + fileHash()
	}
	name := build.Main.Path + " " + build.Main.Version
	for _, m := range build.Deps {
		if m.Path == "github.com/n2n-overlay/n2n" {
			name += ", " + m.Path + " " + m.Version
		}
	}
	if v := build.Main.Version; v == "" || v == "(devel)" || strings.HasSuffix(v, "+dirty") {
		name += " " + fileHash()
	}
	return name
})

// fileHash is the beginning of SHA-256 of the program's file, empty if that cannot be read.
func fileHash() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}
