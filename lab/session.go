package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Output is where results go.
type Output struct {
	// Out gets one or more lines for each result.
	Out io.Writer
	// JSON writes one object a line.
	JSON bool
}

func (o Output) print(results ...Result) error {
	for _, r := range results {
		text := r.String()
		if o.JSON {
			text = r.JSON()
		}
		if _, err := fmt.Fprintln(o.Out, text); err != nil {
			return err
		}
	}
	return nil
}

// Refuse prints, for programs, that the lines of a script cannot be read.
func (o Output) Refuse(err error) {
	if !o.JSON {
		return
	}
	for _, mistake := range mistakes(err) {
		_ = o.print(Result{Line: mistake.Line, Verb: mistake.Verb, Error: ErrBadScript}) // they are told to people as well
	}
}

// mistakes finds every *ScriptError in an error.
func mistakes(err error) []*ScriptError {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*ScriptError
		for _, e := range several.Unwrap() {
			all = append(all, mistakes(e)...)
		}
		return all
	}
	var one *ScriptError
	if errors.As(err, &one) {
		return []*ScriptError{one}
	}
	return nil
}

// Run runs a parsed script. At the end it waits for the verbs in the background.
func (l *Lab) Run(ctx context.Context, script []Statement, out Output) error {
	if err := l.Prepare(script); err != nil {
		return err
	}
	for _, s := range script {
		results, err := l.Do(ctx, s)
		if printed := out.print(results...); err != nil || printed != nil {
			return errors.Join(err, printed)
		}
	}
	results, err := l.Await(ctx)
	return errors.Join(out.print(results...), err)
}

// Talk reads lines as they are typed and does what they say, until quit, the end of
// the input or the end of ctx. talk gets the prompt, help and mistakes.
func (l *Lab) Talk(ctx context.Context, in io.Reader, talk io.Writer, out Output) error {
	var p Parser
	typed := lines(in)
	fmt.Fprintln(talk, "n2n lab: a verb a line, such as: peers a b c. help lists them, quit ends.")
	for n := 1; ; n++ {
		fmt.Fprint(talk, "> ")
		var text string
		select {
		case line, ok := <-typed:
			if !ok {
				fmt.Fprintln(talk)
				return nil
			}
			if line.err != nil {
				return unread("", n, line.err)
			}
			text = line.text
		case <-ctx.Done():
			fmt.Fprintln(talk)
			return nil
		}
		switch strings.TrimSpace(text) {
		case "quit", "exit":
			return nil
		case "help":
			fmt.Fprint(talk, Help())
			continue
		}
		s, err := p.Line(n, text)
		switch {
		case err != nil:
			fmt.Fprintln(talk, err)
			verb := ""
			if s != nil {
				verb = s.Verb
			}
			out.Refuse(&ScriptError{Line: n, Verb: verb, Err: err})
		case s != nil:
			results, err := l.Do(ctx, *s)
			if printed := out.print(results...); err != nil || printed != nil {
				return errors.Join(err, printed)
			}
		}
	}
}

// typedLine is a line, or why the next one could not be read.
type typedLine struct {
	text string
	err  error
}

// lines reads lines, on a goroutine that ends with the input.
func lines(in io.Reader) <-chan typedLine {
	typed := make(chan typedLine)
	go func() {
		defer close(typed)
		scanner := scan(in)
		for scanner.Scan() {
			typed <- typedLine{text: scanner.Text()}
		}
		if err := scanner.Err(); err != nil {
			typed <- typedLine{err: err}
		}
	}()
	return typed
}
