package n2n_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The code in docs/protocols.md is compiled and tested: each block stands, line by line, in
// the file that the last link before it names.
func TestGuideShowsWhatIsTested(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("docs", "protocols.md"))
	if err != nil {
		t.Fatal(err)
	}
	strange, shown := foreign(string(guide), func(path string) (string, error) {
		text, err := os.ReadFile(filepath.Join("docs", path))
		return string(text), err
	})
	for _, s := range strange {
		t.Error(s)
	}
	if shown < 15 {
		t.Errorf("%d blocks were read; they are not found any more", shown)
	}
	// The handler is shown as a whole.
	handler, err := os.ReadFile(filepath.Join("examples", "template", "template.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(handler), "\n)\n")
	for line := range strings.SplitSeq(body, "\n") {
		if !strings.Contains(string(guide), "\n"+line+"\n") {
			t.Errorf("docs/protocols.md does not show this line of the handler: %s", line)
		}
	}
}

func TestForeignCodeIsFound(t *testing.T) {
	read := func(path string) (string, error) {
		return map[string]string{"a.go": "one\ntwo\nthree\n", "b.go": "four\n"}[path], nil
	}
	for guide, strange := range map[string]int{
		"[a](a.go)\n```go\ntwo\nthree\n```\n":                             0,
		"[a](a.go)\n```go\none\n```\nand\n```go\nthree\n```\n":            0,
		"[a](a.go)\n```go\nthree\ntwo\n```\n":                             1,
		"[a](a.go)\n```go\ntw\n```\n":                                     1,
		"[a](a.go)\n[b](b.go)\n```go\none\n```\n":                         1,
		"```go\none\n```\n":                                               1,
		"[a](a.go)\n```sh\ngo test\n```\n[b](b.go)\n```text\nfive\n```\n": 1,
	} {
		if found, _ := foreign(guide, read); len(found) != strange {
			t.Errorf("%q: found %q, want %d", guide, found, strange)
		}
	}
}

var (
	fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	file  = regexp.MustCompile(`\]\(([^)#\s]+\.\w+)\)`)
)

// foreign returns the blocks of a guide that do not stand in the file that the
// last link before them names, and how many blocks were compared. It leaves out commands
// for a shell.
func foreign(guide string, read func(path string) (string, error)) (strange []string, shown int) {
	for _, at := range fence.FindAllStringSubmatchIndex(guide, -1) {
		language, block := guide[at[2]:at[3]], guide[at[4]:at[5]]
		if language == "sh" {
			continue
		}
		shown++
		links := file.FindAllStringSubmatch(guide[:at[0]], -1)
		if len(links) == 0 {
			strange = append(strange, "no link before a block: "+block)
			continue
		}
		path := links[len(links)-1][1]
		text, err := read(path)
		switch {
		case err != nil:
			strange = append(strange, err.Error())
		case !strings.Contains("\n"+text, "\n"+block):
			strange = append(strange, "not in "+path+":\n"+block)
		}
	}
	return strange, shown
}
