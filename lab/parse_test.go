package lab_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/lab"
)

// TestMistakes: every mistake names its line and says what was expected.
func TestMistakes(t *testing.T) {
	long := strings.Repeat("r", 65)
	for script, want := range map[string]string{
		"dance":                   `"dance" is no verb, expected one of: peers connect join`,
		"&":                       "& follows a verb",
		"await &":                 "await waits and cannot end in &",
		"await a":                 "expected: await",
		"peers":                   "expected: peers NAME…",
		"peers a":                 `there is a peer "a" already`,
		"peers z z":               `there is a peer "z" already`,
		"peers a|b":               `"a|b" is no name of a peer`,
		"peers as":                `"as" is no name of a peer`,
		"peers z as chat":         "peers is about no protocol",
		"connect a":               "expected: connect A B [xN]",
		"connect a b c":           `"c" is no count`,
		"connect a b x0":          `"x0" is no count, which is x1 to x1000`,
		"connect a b x-1":         `"x-1" is no count`,
		"connect a b x+1":         `"x+1" is no count`,
		"connect a b x1001":       `"x1001" is no count`,
		"connect a b x1.5":        `"x1.5" is no count`,
		"connect a b x2 x2":       "expected: connect A B [xN]",
		"connect a z":             `there is no peer "z", only a b c`,
		"connect z a":             `there is no peer "z"`,
		"connect a b as CHAT":     `"CHAT" is no name of a protocol`,
		"connect a b as " + long:  "is no name of a protocol",
		"join a":                  "expected: join A ROOM",
		"join a " + long:          "the name of the room has 65 bytes, must have 1 to 64",
		"join z room":             `there is no peer "z"`,
		"join a room as chat":     "join is about no protocol",
		"introduce a b":           "expected: introduce B A C [VIEW VIEW]",
		"introduce a b c in":      "expected: introduce B A C [VIEW VIEW]",
		"introduce a b c in side": `"side" is no view, which is in, out or any`,
		"introduce a b z":         `there is no peer "z"`,
		"invite a":                "expected: invite B C",
		"invite a b c":            "expected: invite B C",
		"disconnect":              "expected: disconnect A [B]",
		"disconnect a b c":        "expected: disconnect A [B]",
		"lock a":                  "expected: lock A B",
		"unlock a":                "expected: unlock A B",
		"drop a":                  "expected: drop A B",
		"send a b":                "expected: send A B TEXT",
		"send a b # nothing":      "expected: send A B TEXT",
		"send a b as chat":        "expected: send A B TEXT",
		"leave":                   "expected: leave A",
		"crash a b":               "expected: crash A",
		"silence z":               `there is no peer "z"`,
		"restart z":               `there is no peer "z"`,
		"partition a b":           "expected: partition A B | C D",
		"partition a |":           "expected: partition A B | C D",
		"partition | a":           "expected: partition A B | C D",
		"partition a | | b":       "expected: partition A B | C D",
		"partition a b | b":       "b stands there twice",
		"partition a | z":         `there is no peer "z"`,
		"repair a":                "expected: repair",
		"hold a":                  "expected: hold A B",
		"hold a a":                "a is one peer",
		"release a":               "expected: release A B",
		"add a":                   "expected: add A NAME",
		"add a Chat":              `"Chat" is no name of a protocol`,
		"remove a":                "expected: remove A NAME",
		"run a":                   "expected: run A PROTOCOL [option=value]…",
		"run a dance":             `no protocol "dance" ships, only`,
		"run a spray fast":        `"fast" is no option=value`,
		"run a spray speed=3":     `no option "speed"`,
		"run a spray period=soon": "period: expected a duration",
		"run a spray period=0s":   "Period is 0s, must be above 0",
		"server":                  "expected: server start|stop",
		"server pause":            "expected: server start|stop",
		"set deadline":            "expected: set deadline|linger DURATION",
		"set patience 1s":         "expected: set deadline|linger DURATION",
		"set deadline 0s":         `"0s" is no duration above 0`,
		"set linger -1s":          `"-1s" is no duration above 0`,
		"set linger 5":            `"5" is no duration above 0`,
		"wait":                    "expected: wait DURATION",
		"wait long":               `"long" is no duration`,
		"wait -1s":                `"-1s" is no duration`,
		"views a":                 "expected: views",
		"events":                  "expected: events A",
		"events z":                `there is no peer "z"`,
	} {
		t.Run(script, func(t *testing.T) {
			_, err := lab.Parse("room.lab", strings.NewReader("peers a b c\n\n"+script+"\nviews\n"))
			if err == nil {
				t.Fatal("is no mistake")
			}
			if got := err.Error(); !strings.HasPrefix(got, "room.lab:3: ") || !strings.Contains(got, want) {
				t.Errorf("got: %s\nwant: room.lab:3: …%s…", got, want)
			}
			if mistake := new(lab.ScriptError); !errors.As(err, &mistake) || mistake.Line != 3 {
				t.Errorf("the error does not say its line: %#v", err)
			}
		})
	}
}

func TestLineTooLong(t *testing.T) {
	script := "peers a\nconect a\nsend a b " + strings.Repeat("x", 2<<20) + "\n"
	for what, err := range map[string]error{
		"x": func() error { _, err := lab.Parse("x", strings.NewReader(script)); return err }(),
		"line": func() error {
			l := lab.New(simulated(t))
			return errors.Join(l.Talk(context.Background(), strings.NewReader(script), io.Discard, lab.Output{Out: io.Discard}), l.Close())
		}(),
	} {
		if err == nil || !strings.HasSuffix(err.Error(), what+":3: the line has 2097152 bytes or more") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestTooBig: a message that is too big is no mistake of the script.
func TestTooBig(t *testing.T) {
	got := run(t, "peers a b\nconnect a b\nsend a b "+strings.Repeat("x", 1<<20)+"\n", true)
	want := `{"line":3,"verb":"send","ok":false,"error":"too_big"}`
	if !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestMistakesOfAllLines(t *testing.T) {
	_, err := lab.Parse("x", strings.NewReader("connect a b\npeers a\nconnect a b\nwait\n"))
	want := `x:1: there is no peer "a", nor any other yet; expected: connect A B [xN]
x:3: there is no peer "b", only a; expected: connect A B [xN]
x:4: expected: wait DURATION`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestForms(t *testing.T) {
	script, err := lab.Parse("x", strings.NewReader(`
# nothing
	peers  b a   # a comment
connect a b x3 as chat &
connect a b&
partition a|b
send a b  hello   to you as files
views as chat # here too
introduce a b b any out
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range script {
		got = append(got, s.Text)
	}
	want := []string{
		"peers b a", "connect a b x3 as chat &", "connect a b &", "partition a|b",
		"send a b hello to you as files", "views as chat", "introduce a b b any out",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s", strings.Join(got, "\n"))
	}
	if c := script[1]; c.Line != 4 || c.Count != 3 || c.Protocol != "chat" || !c.Background {
		t.Errorf("connect: %+v", c)
	}
	if s := script[4]; s.Payload != "hello to you" || s.Protocol != "files" || s.Background {
		t.Errorf("send: %+v", s)
	}
	if p := script[3]; len(p.Groups) != 2 {
		t.Errorf("partition: %+v", p)
	}
	if v := script[5]; v.Protocol != "chat" || script[2].Protocol != lab.Passive {
		t.Errorf("protocols: %+v", v)
	}
}

// TestEveryVerbIsExplained keeps Help and the doors in.
func TestEveryVerbIsExplained(t *testing.T) {
	for _, verb := range lab.Verbs() {
		if !strings.Contains("\n"+lab.Help(), "\n"+verb) {
			t.Errorf("help does not tell of %s", verb)
		}
	}
}
