//go:build !js

package links_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts in testdata")

func TestLinks(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Links")
}

// A transcript is a script with the effects of each input below it, four spaces
// further to the right. "peer b" begins with a Table of b.
var _ = Describe("the table of links", func() {
	files, _ := filepath.Glob("testdata/*.txt")
	It("has transcripts", func() { Expect(files).NotTo(BeEmpty()) })
	for _, file := range files {
		It("does as its transcript says: "+filepath.Base(file), func() {
			golden, err := os.ReadFile(file)
			Expect(err).NotTo(HaveOccurred())
			got := transcript(string(golden))
			if *update {
				Expect(os.WriteFile(file, []byte(got), 0o644)).To(Succeed())
				return
			}
			Expect(strings.Split(got, "\n")).To(Equal(strings.Split(string(golden), "\n")), "rewrite with -update")
		})
	}
})

// transcript runs the inputs in a transcript, and returns them with what they gave.
func transcript(golden string) string {
	var b strings.Builder
	var d *driver
	for line := range strings.Lines(golden) {
		if strings.HasPrefix(line, "    ") {
			continue
		}
		b.WriteString(line)
		line = strings.TrimSpace(line)
		switch peer, found := strings.CutPrefix(line, "peer "); {
		case line == "", strings.HasPrefix(line, "#"):
		case found:
			d = newDriver(peer)
		default:
			b.WriteString(d.take(line))
		}
	}
	return b.String()
}
