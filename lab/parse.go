package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxCount bounds the x of connect.
const maxCount = 1000

// ScriptError is a mistake in a script: where it is and what was expected.
type ScriptError struct {
	File string // empty when typed
	Line int
	Verb string // as far as it is known
	Err  error
}

// Error implements error.
func (e *ScriptError) Error() string {
	file := e.File
	if file == "" {
		file = "line"
	}
	return fmt.Sprintf("%s:%d: %v", file, e.Line, e.Err)
}

// Unwrap returns what is wrong.
func (e *ScriptError) Unwrap() error { return e.Err }

// Parse reads a whole script. The verb run can start the protocols of own beside
// those that ship. The error joins a *ScriptError for each mistake.
func Parse(file string, script io.Reader, own ...catalog.Kind) ([]Statement, error) {
	var (
		statements []Statement
		mistakes   []error
		p          = Parser{own: own}
	)
	lines := scan(script)
	n := 1
	for ; lines.Scan(); n++ {
		s, err := p.Line(n, lines.Text())
		switch {
		case err != nil:
			mistake := &ScriptError{File: file, Line: n, Err: err}
			if s != nil {
				mistake.Verb = s.Verb
			}
			mistakes = append(mistakes, mistake)
		case s != nil:
			statements = append(statements, *s)
		}
	}
	if err := lines.Err(); err != nil {
		mistakes = append(mistakes, unread(file, n, err))
	}
	return statements, errors.Join(mistakes...)
}

// maxLine is the longest line. A message that is too big to be sent fits into it.
const maxLine = 2 << 20

func scan(in io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	return lines
}

// unread says why a line could not be read.
func unread(file string, n int, err error) *ScriptError {
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("the line has %d bytes or more", maxLine)
	}
	return &ScriptError{File: file, Line: n, Err: err}
}

// Parser reads lines, and knows which peers earlier lines have started. The zero
// value knows none.
type Parser struct {
	peers map[string]bool
	own   []catalog.Kind
}

// Line reads one line. The statement is nil if the line is empty; beside an error
// it holds at most the verb.
func (p *Parser) Line(number int, text string) (*Statement, error) {
	text, _, _ = strings.Cut(text, "#")
	text, background := strings.CutSuffix(strings.TrimSpace(text), "&")
	words := strings.Fields(text)
	if len(words) == 0 {
		if background {
			return nil, fmt.Errorf("& follows a verb, as in: connect a b &")
		}
		return nil, nil
	}
	s := &Statement{Line: number, Verb: words[0], Text: strings.Join(words, " "), Background: background, Count: 1}
	if background {
		s.Text += " &"
	}
	f := formOf(s.Verb)
	if f == nil {
		return s, fmt.Errorf("%q is no verb, expected one of: %s", s.Verb, strings.Join(Verbs(), " "))
	}
	args := words[1:]
	if n := len(args); n >= 2 && args[n-2] == "as" {
		s.Named, s.Protocol, args = true, args[n-1], args[:n-2]
	}
	switch {
	case background && s.Verb == "await":
		return s, fmt.Errorf("await waits and cannot end in &, expected: %s", f.usage)
	case s.Named && !f.scoped:
		return s, fmt.Errorf("%s is about no protocol, expected: %s", s.Verb, f.usage)
	case s.Named && !protocols.ValidName(s.Protocol):
		return s, fmt.Errorf("%q is no name of a protocol, expected 1 to 32 of a-z 0-9 . -", s.Protocol)
	case f.scoped && !s.Named:
		s.Protocol = Passive
	}
	if err := f.parse(p, s, args); err != nil {
		if errors.Is(err, errForm) {
			return s, fmt.Errorf("expected: %s", f.usage)
		}
		return s, fmt.Errorf("%w; expected: %s", err, f.usage)
	}
	return s, nil
}

// errForm tells that a line does not have the form of its verb.
var errForm = errors.New("wrong form")

var peerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

func (p *Parser) known(names ...string) error {
	for _, name := range names {
		if p.peers[name] {
			continue
		}
		if len(p.peers) == 0 {
			return fmt.Errorf("there is no peer %q, nor any other yet", name)
		}
		return fmt.Errorf("there is no peer %q, only %s", name, strings.Join(slices.Sorted(maps.Keys(p.peers)), " "))
	}
	return nil
}

// someone parses lines with exactly n peers.
func someone(n int) func(*Parser, *Statement, []string) error {
	return func(p *Parser, s *Statement, args []string) error {
		if len(args) != n {
			return errForm
		}
		s.Peers = args
		return p.known(args...)
	}
}

// nothing parses lines with only the verb.
func nothing(_ *Parser, _ *Statement, args []string) error {
	if len(args) > 0 {
		return errForm
	}
	return nil
}

func (p *Parser) start(s *Statement, args []string) error {
	if len(args) == 0 {
		return errForm
	}
	if p.peers == nil {
		p.peers = map[string]bool{}
	}
	for i, name := range args {
		switch {
		case !peerName.MatchString(name) || name == "as":
			return fmt.Errorf("%q is no name of a peer (1 to 32 letters, digits, _ . -)", name)
		case p.peers[name] || slices.Contains(args[:i], name):
			return fmt.Errorf("there is a peer %q already", name)
		}
	}
	for _, name := range args {
		p.peers[name] = true
	}
	s.Peers = args
	return nil
}

func (p *Parser) connect(s *Statement, args []string) error {
	if len(args) == 3 {
		text, ok := strings.CutPrefix(args[2], "x")
		n, err := strconv.Atoi(text)
		if !ok || err != nil || n < 1 || n > maxCount || strings.HasPrefix(text, "+") {
			return fmt.Errorf("%q is no count, which is x1 to x%d", args[2], maxCount)
		}
		s.Count, args = n, args[:2]
	}
	return someone(2)(p, s, args)
}

func (p *Parser) join(s *Statement, args []string) error {
	if len(args) != 2 {
		return errForm
	}
	if err := messages.CheckRoom(args[1]); err != nil {
		return err
	}
	s.Peers, s.Name = args[:1], args[1]
	return p.known(args[0])
}

var viewNames = map[string]messages.ViewName{"any": messages.AnyView, "in": messages.InView, "out": messages.OutView}

func (p *Parser) introduce(s *Statement, args []string) error {
	if len(args) == 5 {
		for i, view := range []*messages.ViewName{&s.Views.From, &s.Views.To} {
			name, ok := viewNames[args[3+i]]
			if !ok {
				return fmt.Errorf("%q is no view, which is in, out or any", args[3+i])
			}
			*view = name
		}
		args = args[:3]
	}
	return someone(3)(p, s, args)
}

func (p *Parser) disconnect(s *Statement, args []string) error {
	if len(args) != 1 && len(args) != 2 {
		return errForm
	}
	s.Peers = args
	return p.known(args...)
}

func (p *Parser) send(s *Statement, args []string) error {
	if len(args) < 3 {
		return errForm
	}
	s.Peers, s.Payload = args[:2], strings.Join(args[2:], " ")
	return p.known(s.Peers...)
}

func (p *Parser) hold(s *Statement, args []string) error {
	if err := someone(2)(p, s, args); err != nil {
		return err
	}
	if args[0] == args[1] {
		return fmt.Errorf("%s is one peer", args[0])
	}
	return nil
}

func (p *Parser) partition(s *Statement, args []string) error {
	args = strings.Fields(strings.ReplaceAll(strings.Join(args, " "), "|", " | "))
	s.Groups = [][]string{nil}
	for i, arg := range args {
		last := len(s.Groups) - 1
		switch {
		case arg == "|" && len(s.Groups[last]) == 0:
			return errForm
		case arg == "|":
			s.Groups = append(s.Groups, nil)
			continue
		case slices.Contains(args[:i], arg):
			return fmt.Errorf("%s stands there twice", arg)
		}
		if err := p.known(arg); err != nil {
			return err
		}
		s.Groups[last] = append(s.Groups[last], arg)
	}
	if len(s.Groups) < 2 || len(s.Groups[len(s.Groups)-1]) == 0 {
		return errForm
	}
	return nil
}

func (p *Parser) protocol(s *Statement, args []string) error {
	if len(args) != 2 {
		return errForm
	}
	s.Peers, s.Name = args[:1], args[1]
	if !protocols.ValidName(s.Name) {
		return fmt.Errorf("%q is no name of a protocol (1 to 32 of a-z 0-9 . -)", s.Name)
	}
	return p.known(args[0])
}

func (p *Parser) run(s *Statement, args []string) error {
	if len(args) < 2 {
		return errForm
	}
	s.Peers, s.Name = args[:1], args[1]
	if err := p.known(args[0]); err != nil {
		return err
	}
	var err error
	s.Shipped, err = p.runnable(s.Name, args[2:])
	return err
}

func (p *Parser) server(s *Statement, args []string) error {
	if len(args) != 1 || args[0] != "start" && args[0] != "stop" {
		return errForm
	}
	s.Up = args[0] == "start"
	return nil
}

func (p *Parser) set(s *Statement, args []string) error {
	if len(args) != 2 || args[0] != "deadline" && args[0] != "linger" {
		return errForm
	}
	s.Name = args[0]
	d, err := time.ParseDuration(args[1])
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no duration above 0, such as 500ms or 2s", args[1])
	}
	s.Duration = d
	return nil
}

func (p *Parser) wait(s *Statement, args []string) error {
	if len(args) != 1 {
		return errForm
	}
	d, err := time.ParseDuration(args[0])
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no duration, such as 500ms or 2s", args[0])
	}
	s.Duration = d
	return nil
}
