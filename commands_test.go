package n2n_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// pages are the pages that show commands: in fenced blocks of sh, and in lines that begin
// with “$ ” in blocks of no language.
func pages(t *testing.T) []string {
	docs, err := filepath.Glob("docs/*.md")
	if err != nil || len(docs) == 0 {
		t.Fatal("no docs", err)
	}
	return append([]string{"README.md", "CONTRIBUTING.md", "web/npm/README.md"}, docs...)
}

// how says what a test does with a command.
type how func(*shell)

// known are the commands that pages show, and how each is run. A command with a port gets a
// free one, and one that takes long gets smaller numbers.
var known = map[string]how{
	"go run ./cmd/n2n demo":                                                 (*shell).ends,
	"go test ./...":                                                         notRun("this test is a part of it"),
	"go run ./cmd/n2n demo --web :8080":                                     (*shell).serves,
	"n2n signal --listen :5555":                                             (*shell).serves,
	"n2n peer --signal ws://localhost:5555 --room lobby":                    (*shell).enters,
	"n2n sim list":                                                          (*shell).ends,
	"n2n sim run steady --peers 1000 --cycles 20 --out results":             small("--peers 20 --cycles 3"),
	"n2n sim run crash --set fraction=0.7":                                  small("--peers 20 --cycles 3"),
	"n2n sim run crash --set protocol=hyparview --set broadcaster=plumtree": small("--peers 20 --cycles 3"),
	"n2n sim sweep steady --seeds 1..10 --set protocol=spray,cyclon --out compared": small("--seeds 1..2 --peers 20 --cycles 3"),
	"n2n sim show crash > mine.yaml":                                                (*shell).shell,
	"n2n sim run mine.yaml --set fraction=0.7":                                      small("--peers 20 --cycles 3"),
	"n2n sim metrics": (*shell).ends,
	"n2n sim sweep crash --seeds 1..10 --set fraction=0.3,0.5,0.7 --set protocol=spray,cyclon --out crashes": small("--seeds 1 --peers 10 --cycles 3"),
	"n2n lab":                        (*shell).ends,
	"n2n lab examples/introduce.lab": (*shell).prints,
	"go run ./cmd/n2n signal --web --room lobby": (*shell).serves,

	"cd examples/average": (*shell).enterFolder,
	"go run . sim run churn.yaml --set pushsum.period=2s":                                    (*shell).script,
	"go run . sim sweep churn.yaml --seeds 1..5 --set pushsum.period=1s,2s,4s --out periods": notRun("TestScenario of the example runs a sweep"),

	// A page.
	"n2n signal --listen :5555 --origin http://localhost:5173": (*shell).serves,
	"cd web/npm":   (*shell).enterFolder,
	"npm pack":     (*shell).packs,
	"cd your/page": notRun("a placeholder"),
	"npm install vite path/to/n2n/web/npm/n2n-overlay-n2n-0.0.0.tgz": notRun("it needs the network"),
	"npx vite": notRun("it needs what is installed before"),

	// A copy of the template, of this version of the module.
	"go get github.com/n2n-overlay/n2n": notRun("it needs the network, and takes a version that was published"),
	`cp -r "$(go list -m -f '{{.Dir}}' github.com/n2n-overlay/n2n)/examples/template" rumour`: (*shell).copies,
	`chmod -R u+w rumour && cd rumour && rm template.pb.go`:                                   (*shell).scriptAndFolder,
	`for f in template*; do mv "$f" "rumour${f#template}"; done`:                              (*shell).script,
	`sed -i 's|github.com/n2n-overlay/n2n/examples/template|example.com/you/rumour|; s/n2n\.template\.v1/you.rumour.v1/; s/template/rumour/g; s/Template/Rumour/g' *.go *.proto`:                                     (*shell).renames,
	`go run github.com/bufbuild/buf/cmd/buf@latest generate --template '{"version":"v2","plugins":[{"local":["go","run","google.golang.org/protobuf/cmd/protoc-gen-go"],"out":".","opt":"paths=source_relative"}]}'`: notRun("it needs the network; task lint:gen runs the generator of the tools"),
	"go get -t . && go test .": notRun("it needs what the two before it make"),
}

// experiment matches the commands of docs/papers.md. Each takes minutes, so its file and flags
// are read and checked, and it is not run.
var experiment = regexp.MustCompile(`^n2n sim run sim/papers/experiments/\S+\.yaml( --detail arcs)? --peers 10{3,5} --seed 1( --set \S+)*$`)

// The commands that the pages show work as they are written, and the commands that the text
// names exist.
func TestCommandsOfThePages(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and runs the command")
	}
	n2n := filepath.Join(t.TempDir(), "n2n")
	if out, err := exec.Command("go", "build", "-o", n2n, "./cmd/n2n").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Run("in blocks", func(t *testing.T) { blocksWork(t, n2n) })
	t.Run("in the text", func(t *testing.T) { namesExist(t, n2n) })
}

func blocksWork(t *testing.T, n2n string) {
	unseen := map[string]bool{}
	for command := range known {
		unseen[command] = true
	}
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks(string(text)) {
			s := newShell(t, n2n, page)
			for _, c := range block {
				delete(unseen, c.line)
				s.command = c
				switch do := known[c.line]; {
				case do != nil:
					do(s)
				case experiment.MatchString(c.line):
					s.isRead()
				default:
					t.Errorf("%s: no test knows how to run this command: %s", page, c.line)
				}
			}
			s.close()
		}
	}
	for command := range unseen {
		t.Errorf("no page shows this command any more: %s", command)
	}
}

// shown is a command of a page, with the output that the page shows.
type shown struct{ line, prints string }

var (
	anyFence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	comment  = regexp.MustCompile(`\s+#\s.*$`)
)

// blocks lists the commands of a page.
func blocks(page string) (all [][]shown) {
	for _, found := range anyFence.FindAllStringSubmatch(page, -1) {
		var block []shown
		switch language, text := found[1], found[2]; language {
		case "sh":
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(comment.ReplaceAllString(strings.TrimSpace(line), "")); line != "" {
					block = append(block, shown{line: line})
				}
			}
		case "", "console":
			for part := range strings.SplitSeq("\n"+text, "\n$ ") {
				if line, prints, ok := strings.Cut(part, "\n"); ok && line != "" {
					block = append(block, shown{line, prints})
				}
			}
		}
		if len(block) > 0 {
			all = append(all, block)
		}
	}
	return all
}

func TestCommandsAreFound(t *testing.T) {
	got := blocks("```sh\na b  # why\n\nc '#d'\n```\n```\nno command\n$ e\nprinted\n$ f\n```\n```go\ng\n```\n")
	want := [][]shown{{{"a b", ""}, {"c '#d'", ""}}, {{"e", "printed"}, {"f", ""}}}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// shell runs the commands of one block.
type shell struct {
	*testing.T
	n2n, page string
	command   shown
	folder    string // where the next command runs
	signal    string // the URL of the signaling server of this block
	running   []func()
}

func newShell(t *testing.T, n2n, page string) *shell {
	return &shell{T: t, n2n: n2n, page: page, folder: t.TempDir()}
}

func (s *shell) close() {
	for _, stop := range slices.Backward(s.running) {
		stop()
	}
}

// args are the arguments of n2n in the command.
func (s *shell) args() []string {
	words := strings.Fields(s.command.line)
	if words[0] == "go" {
		words = words[2:]
	}
	return words[1:]
}

func (s *shell) fail(format string, args ...any) {
	s.Helper()
	s.Errorf("%s: %s: %s", s.page, s.command.line, fmt.Sprintf(format, args...))
}

// patience bounds every wait; only a test that fails waits that long.
const patience = 2 * time.Minute

func (s *shell) run(folder, name string, args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = folder
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err = c.Run()
	return out.String(), said.String(), err
}

func notRun(string) how { return func(*shell) {} }

// small adds flags: the last of two with one name counts.
func small(flags string) how {
	return func(s *shell) {
		if _, said, err := s.run(s.folder, s.n2n, append(s.args(), strings.Fields(flags)...)...); err != nil {
			s.fail("%v: %s", err, said)
		}
	}
}

func (s *shell) ends() { small("")(s) }

// shell runs n2n as a shell does, with its redirections.
func (s *shell) shell() { s.bash(strings.Replace(s.command.line, "n2n", s.n2n, 1)) }

// prints is a command whose every line of output the page shows.
func (s *shell) prints() {
	out, said, err := s.run(".", s.n2n, s.args()...)
	if err != nil {
		s.fail("%v: %s", err, said)
	}
	if out != s.command.prints {
		s.fail("it prints\n%s\nand the page shows\n%s", out, s.command.prints)
	}
}

// isRead runs an experiment in a world that does not exist: the command says so when
// everything else is right.
func (s *shell) isRead() {
	_, said, err := s.run(".", s.n2n, append(s.args(), "--world", "none")...)
	if err == nil || !strings.HasPrefix(said, `n2n: sim run: --world is "none"`) {
		s.fail("%v: %s", err, said)
	}
}

var (
	port    = regexp.MustCompile(`^:\d+$`)
	address = regexp.MustCompile(`(?:live page at (http://\S+)|its health at (http://\S+)/healthz)\n`)
)

// serves starts a server on a free port, asks it for its page or health, and stops
// it when the block is over.
func (s *shell) serves() {
	args := s.args()
	given := false
	for i, arg := range args {
		if port.MatchString(arg) {
			args[i], given = "127.0.0.1:0", true
		}
	}
	if !given {
		args = append(args, "--listen", "127.0.0.1:0")
	}
	url := s.start(args, address)
	if url == "" {
		return
	}
	s.signal = "ws" + strings.TrimPrefix(url, "http")
	for _, path := range []string{"/", "/healthz"} {
		answer, err := http.Get(url + path)
		if err != nil {
			s.fail("%v", err)
			return
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK && (path == "/healthz" || slices.Contains(args, "--web")) {
			s.fail("%s answers %s", path, answer.Status)
		}
	}
}

// enters starts a peer that enters through the server of the block.
func (s *shell) enters() {
	args := s.args()
	for i, arg := range args {
		if strings.HasPrefix(arg, "ws://") {
			args[i] = s.signal
		}
	}
	s.start(args, regexp.MustCompile(`(joined) `))
}

// start starts n2n, waits until its output matches a pattern, and returns the group of the
// match.
func (s *shell) start(args []string, pattern *regexp.Regexp) string {
	c := exec.Command(s.n2n, args...)
	c.Dir = s.folder
	c.Env = append(os.Environ(), "PATH="+s.folder) // no go tool: nothing is built for tabs
	out := &watched{news: make(chan struct{}, 1)}
	c.Stdout, c.Stderr = out, out
	in, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		s.fail("%v", err)
		return ""
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	line := s.command.line
	s.running = append(s.running, func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			var exit *exec.ExitError // 130: a demo that had not ended
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 130) {
				s.Errorf("%s: %s: it ends with %v", s.page, line, err)
			}
		case <-time.After(patience):
			_ = c.Process.Kill()
			s.Errorf("%s: %s: it does not stop", s.page, line)
		}
		_ = in.Close()
	})
	late := time.After(patience)
	for {
		if found := pattern.FindStringSubmatch(out.String()); found != nil {
			return strings.Join(found[1:], "")
		}
		select {
		case <-out.news:
		case err := <-ended:
			ended <- err
			s.fail("it ended: %v: %s", err, out.String())
			return ""
		case <-late:
			s.fail("it does not say %s: %s", pattern, out.String())
			return ""
		}
	}
}

// watched is a buffer that tells of each write.
type watched struct {
	mu     sync.Mutex
	buffer bytes.Buffer
	news   chan struct{}
}

var _ io.Writer = (*watched)(nil)

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buffer.Write(b)
	select {
	case w.news <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buffer.String()
}

// script runs the line as a shell does.
func (s *shell) script() { s.bash(s.command.line) }

func (s *shell) bash(line string) {
	if out, said, err := s.run(s.folder, "sh", "-e", "-c", line); err != nil {
		s.fail("%v: %s%s", err, out, said)
	}
}

func (s *shell) enterFolder() { s.folder = strings.TrimPrefix(s.command.line, "cd ") }

// packs makes the package without the program, because that takes a minute, and checks that
// its file has the name of the page.
func (s *shell) packs() {
	if _, err := exec.LookPath("npm"); err != nil {
		return
	}
	out, said, err := s.run(s.folder, "npm", "pack", "--dry-run", "--ignore-scripts")
	if name := "n2n-overlay-n2n-0.0.0.tgz"; err != nil || strings.TrimSpace(out) != name {
		s.fail("%v: it makes %q, want %s: %s", err, out, name, said)
	}
}

// copies copies the template of this tree.
func (s *shell) copies() {
	here, err := os.Getwd()
	if err != nil {
		s.Fatal(err)
	}
	s.bash(regexp.MustCompile(`\$\(go list[^)]*\)`).ReplaceAllLiteralString(s.command.line, here))
}

// scriptAndFolder runs a line that leaves the shell in the folder of the copy.
func (s *shell) scriptAndFolder() {
	s.script()
	s.folder = filepath.Join(s.folder, "rumour")
}

// renames runs the line that renames the template, and checks that the old name is gone.
func (s *shell) renames() {
	s.script()
	files, err := filepath.Glob(filepath.Join(s.folder, "rumour*.go"))
	if err != nil || len(files) == 0 {
		s.fail("there is no rumour*.go: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || strings.Contains(strings.ToLower(string(text)), "template") || !strings.Contains(string(text), "package rumour") {
			s.fail("%s is not renamed: %v", file, err)
		}
	}
}

var (
	spans = regexp.MustCompile("`((?:n2n|task|go run|go test) [^`\n]+)`")
	flag  = regexp.MustCompile(`--[a-z][a-z-]*`)
	tasks = regexp.MustCompile(`(?m)^  ([a-z:]+):$`)
)

// namesExist checks the names in commands within the text: tasks, commands of n2n and their
// flags, folders of packages.
func namesExist(t *testing.T, n2n string) {
	taskfile, err := os.ReadFile("Taskfile.yml")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, found := range tasks.FindAllStringSubmatch(string(taskfile), -1) {
		known[found[1]] = true
	}
	read := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range spans.FindAllStringSubmatch(anyFence.ReplaceAllString(string(text), ""), -1) {
			read++
			command := found[1]
			words := strings.Fields(command)
			switch words[0] {
			case "task":
				if !known[words[1]] {
					t.Errorf("%s: %s: there is no such task", page, command)
				}
			case "n2n":
				help, _ := exec.Command(n2n, words[1], "--help").Output()
				if !strings.Contains(string(help), "n2n "+words[1]) {
					t.Errorf("%s: %s: there is no such command", page, command)
				}
				for _, name := range flag.FindAllString(command, -1) {
					if !strings.Contains(string(help), name+" ") {
						t.Errorf("%s: %s: it has no flag %s", page, command, name)
					}
				}
			case "go":
				for _, word := range words {
					if folder, ok := strings.CutPrefix(word, "./"); ok {
						if _, err := os.Stat(strings.TrimSuffix(folder, "...")); folder != "..." && err != nil {
							t.Errorf("%s: %s: %v", page, command, err)
						}
					}
				}
			}
		}
	}
	if read < 30 {
		t.Errorf("%d commands were read; they are not found any more", read)
	}
}
