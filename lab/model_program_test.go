package lab_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// modelProtocols are the protocols of a program's peers, all passive.
var modelProtocols = []string{"chat", "files", "lab"}

// modelForms are the steps of a program, each after its weight. P, Q and R are
// different peers as far as there are, ANY is any; AS ends the lines about a
// protocol, AND is & most of the time; SHORT is a few milliseconds, LINGER about
// the time that connections linger now, ENDS ends one of P, Q and R.
const modelForms = `
6 connect P Q AS AND
2 connect P Q x2 AS AND
2 connect ANY ANY AS AND
3 connect P Q AS &; connect Q P AS &
3 connect P Q AS &; wait SHORT; connect Q P AS &
5 introduce R P Q AS AND
2 introduce ANY ANY ANY AS AND
3 introduce R P Q VIEW VIEW AS AND
2 introduce R P Q AS &; introduce R Q P AS &
2 introduce R P Q AS &; wait SHORT; connect Q P &
3 introduce R P Q AS &; wait SHORT; ENDS
3 connect R P; connect R Q; introduce R P Q &; wait SHORT; ENDS
4 invite P Q AS AND
4 disconnect P Q AS AND
3 disconnect P AS AND
2 disconnect P Q AS; wait LINGER; connect P Q AS &
6 connect P Q; disconnect P Q; wait LINGER; connect Q P &; connect P Q &
3 connect P Q; disconnect P Q; wait LINGER; connect Q P &; disconnect Q P &; connect P Q &
2 disconnect P Q AS &; wait SHORT; connect P Q AS &
3 lock P Q AS AND
3 connect P Q AS; lock P Q AS AND; drop Q P AS; connect P Q AS &
2 connect P Q AS; lock P Q AS &; lock P Q AS AND; unlock P Q AS &
2 connect P Q x3 AS; lock P Q AS; disconnect P AS AND; disconnect P Q AS &
2 unlock P Q AS AND
3 drop P Q AS AND
2 connect P Q AS &; drop Q P AS &
4 send P Q TEXT AS AND
2 connect P Q AS &; wait SHORT; send P Q TEXT AS &; send P Q TEXT AS &; send Q P TEXT AS &
2 remove P chat AND; connect Q P as chat &
2 remove P PROTOCOL AND
3 add P PROTOCOL AND
2 remove P PROTOCOL &; wait SHORT; add P PROTOCOL &
1 leave P AND
1 crash P AND
2 restart P AND
2 connect P Q &; wait SHORT; restart P AND; connect P Q &
1 silence P
1 silence P; wait SHORT; restart P AND; connect P Q &
1 partition P | Q R
2 repair AND
2 hold P Q
2 release P Q AND
2 hold P Q; connect P Q AS &; wait SHORT; release P Q AND
2 join P ROOM AND
1 server stop
1 server start AND
1 set linger SPAN
1 set deadline LIMIT
10 wait SHORT
3 wait LINGER
2 await
`

// modelSteps are the steps, each as often as it weighs.
var modelSteps = func() []string {
	var steps []string
	for line := range strings.Lines(strings.TrimSpace(modelForms)) {
		weight, step, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.Atoi(weight)
		if err != nil {
			panic(fmt.Sprintf("a step without a weight: %q", line))
		}
		steps = slices.Concat(steps, slices.Repeat([]string{step}, n))
	}
	return steps
}()

// modelMoods are the steps that a program is made of: any, or only those after
// which no request may fail for long.
var modelMoods = [][]string{modelSteps, modelSteps, slices.DeleteFunc(slices.Clone(modelSteps), func(step string) bool {
	return slices.ContainsFunc([]string{"ENDS", "crash", "restart", "leave", "silence", "partition", "hold", "stop"}, func(fault string) bool {
		return strings.Contains(step, fault)
	})
})}

// writer draws the lines of a program.
type writer struct {
	*rapid.T
	peers  []string
	steps  []string
	linger int // milliseconds, as set last
	texts  int
}

// step draws one step, a few lines.
func (w *writer) step() []string {
	form := rapid.SampledFrom(w.steps).Draw(w.T, "step")
	roles := map[string]string{}
	free := slices.Clone(w.peers)
	var lines []string
	for _, part := range strings.Split(form, "; ") {
		words := strings.Fields(part)
		for i, word := range words {
			switch word {
			case "P", "Q", "R":
				if roles[word] == "" {
					roles[word] = w.role(&free)
				}
				words[i] = roles[word]
			case "AS":
				if roles[word] == "" {
					roles[word] = w.word(word)
				}
				words[i] = roles[word]
			case "ENDS":
				words[i] = w.word(word) + rapid.SampledFrom([]string{roles["P"], roles["Q"], roles["R"]}).Draw(w.T, "peer")
			default:
				words[i] = w.word(word)
			}
		}
		if words[0] == "partition" && len(w.peers) < 3 {
			words = []string{"partition", w.peers[0], "|", w.peers[1]}
		}
		lines = append(lines, strings.Join(strings.Fields(strings.Join(words, " ")), " "))
	}
	return lines
}

// role draws a peer that has no other role, if there is one left.
func (w *writer) role(free *[]string) string {
	if len(*free) == 0 {
		return w.peers[0]
	}
	peer := rapid.SampledFrom(*free).Draw(w.T, "peer")
	*free = slices.DeleteFunc(*free, func(other string) bool { return other == peer })
	return peer
}

func (w *writer) word(word string) string {
	pick := func(from ...string) string { return rapid.SampledFrom(from).Draw(w.T, strings.ToLower(word)) }
	milliseconds := func(from, to int) string {
		return strconv.Itoa(rapid.IntRange(from, to).Draw(w.T, strings.ToLower(word))) + "ms"
	}
	switch word {
	case "ANY":
		return pick(w.peers...)
	case "AS":
		return pick(" ", " ", " ", "as chat", "as chat", "as files")
	case "AND":
		return pick("", "&", "&")
	case "PROTOCOL":
		return pick("chat", "chat", "files", "lab")
	case "VIEW":
		return pick("any", "in", "out")
	case "ENDS":
		return pick("crash ", "restart ", "leave ")
	case "ROOM":
		return pick("red", "red", "blue")
	case "TEXT":
		w.texts++
		return fmt.Sprintf("%04d", w.texts)
	case "SHORT":
		return milliseconds(0, 14)
	case "LINGER":
		return milliseconds(max(0, w.linger-4), w.linger+1)
	case "LIMIT":
		return pick("20ms", "200ms", "3s")
	case "SPAN":
		span := pick("10ms", "30ms", "100ms", "2s")
		d, _ := time.ParseDuration(span)
		w.linger = int(d.Milliseconds())
		return span
	default:
		return word
	}
}
