package lab

import (
	"fmt"
	"strings"

	"github.com/n2n-overlay/n2n/catalog"
)

// form is the form of a verb's line.
type form struct {
	verb, usage, help string
	// scoped tells that the line is about the arcs of one protocol, and may end in
	// "as NAME".
	scoped bool
	parse  func(*Parser, *Statement, []string) error
}

// forms are the forms of all verbs, in the order of the help.
func forms() []form {
	return []form{
		{"peers", "peers NAME…", "start peers, whose ids sort as their names do", false, (*Parser).start},
		{"connect", "connect A B [xN]", "A opens one arc (N) to B, signals handed over directly", true, (*Parser).connect},
		{"join", "join A ROOM", "A enters a room through the signaling service; prints its contact", false, (*Parser).join},
		{"introduce", "introduce B A C [VIEW VIEW]", "B introduces A to C: an arc A->C; A and C must be in these views of B (in, out, any)", true, (*Parser).introduce},
		{"invite", "invite B C", "B asks its neighbour C to open an arc C->B", true, someone(2)},
		{"disconnect", "disconnect A [B]", "close one arc of A to B; all of A that are not locked", true, (*Parser).disconnect},
		{"lock", "lock A B", "keep one arc of A to B from being closed", true, someone(2)},
		{"unlock", "unlock A B", "undo one lock", true, someone(2)},
		{"drop", "drop A B", "A ends the arcs that B holds to it", true, someone(2)},
		{"send", "send A B TEXT", "through the connection, whichever way its arcs point", true, (*Parser).send},
		{"leave", "leave A", "take leave politely", false, someone(1)},
		{"crash", "crash A", "end without a word", false, someone(1)},
		{"silence", "silence A", "up, but not answering", false, someone(1)},
		{"restart", "restart A", "start again, with the same identity", false, someone(1)},
		{"partition", "partition A B | C D", "cut groups off from each other", false, (*Parser).partition},
		{"repair", "repair", "undo the partition", false, nothing},
		{"hold", "hold A B", "delay all messages between two peers", false, (*Parser).hold},
		{"release", "release A B", "let them go", false, (*Parser).hold},
		{"add", "add A NAME", "start a passive protocol", false, (*Parser).protocol},
		{"remove", "remove A NAME", "end a protocol", false, (*Parser).protocol},
		{"run", "run A PROTOCOL [option=value]…", "start a protocol that ships: " + strings.Join(catalog.Names(catalog.Shipped()), ", "), false, (*Parser).run},
		{"server", "server start|stop", "the signaling service", false, (*Parser).server},
		{"set", "set deadline|linger DURATION", "of requests; of connections that nobody uses", false, (*Parser).set},
		{"wait", "wait DURATION", "let time pass", false, (*Parser).wait},
		{"views", "views", "every living peer's views", true, nothing},
		{"events", "events A", "what A's protocols got since the last time", true, someone(1)},
		{"await", "await", "wait for the lines that ended in &, and print their outcomes", false, nothing},
	}
}

func formOf(verb string) *form {
	for _, f := range forms() {
		if f.verb == verb {
			return &f
		}
	}
	return nil
}

// Verbs lists the verbs of the language.
func Verbs() []string {
	var verbs []string
	for _, f := range forms() {
		verbs = append(verbs, f.verb)
	}
	return verbs
}

// Help explains the language to a person who types it.
func Help() string {
	var b strings.Builder
	for _, f := range forms() {
		fmt.Fprintf(&b, "%-32s %s\n", f.usage, f.help)
	}
	b.WriteString(`
A line that ends in & starts its verb and goes on. Arcs belong to the protocol
"lab" unless "as NAME" ends the line. # starts a comment. help shows this, quit ends.
`)
	return b.String()
}
