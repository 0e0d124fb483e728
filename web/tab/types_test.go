//go:build js

package main

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
	"github.com/n2n-overlay/n2n/web/npm"
)

// types returns the TypeScript types of the package.
func types(t *testing.T) string {
	b, err := npm.Files.ReadFile("index.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	memberPattern = regexp.MustCompile(`(?m)(?:^|[{;]) *(?:readonly )?(\w+)\??: `)
	commentaries  = regexp.MustCompile(`(?s)/\*\*.*?\*/`)
)

// members returns the fields of an interface.
func members(t *testing.T, text, name string) []string {
	t.Helper()
	_, body, found := strings.Cut(text, "interface "+name+" ")
	if !found {
		t.Fatalf("there is no interface %s", name)
	}
	end := strings.Index(body, "}\n")
	body = commentaries.ReplaceAllString(body[:end], "")
	var all []string
	for _, m := range memberPattern.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return all
}

func pageNames(config any) []string {
	var all []string
	for f := range reflect.TypeOf(config).Fields() {
		all = append(all, pageName(f.Name))
	}
	slices.Sort(all)
	return all
}

func TestTheTypesHaveTheFieldsOfEachConfig(t *testing.T) {
	text := types(t)
	for use, config := range map[string]any{
		"Spray": spray.Config{}, "Cyclon": cyclon.Config{}, "HyParView": hyparview.Config{}, "TMan": tman.Config{},
		"FullMesh": fullmesh.Config{}, "Broadcast": broadcast.Config{}, "Plumtree": plumtree.Config{},
		"Unicast": unicast.Config{}, "Size": size.Config{},
	} {
		want := slices.Sorted(slices.Values(append(pageNames(config), "use")))
		got := slices.Sorted(slices.Values(append(members(t, text, use+"Options"), "name")))
		if !slices.Equal(got, want) {
			t.Errorf("%sOptions has %v, the Config %v", use, got, want)
		}
		if _, err := newProtocol("", fields{"use": strings.ToLower(use)}); err != nil {
			t.Errorf("%s cannot be used: %v", use, err)
		}
	}
	if kinds := catalog.Shipped(); len(kinds) != 9 {
		t.Errorf("%d kinds, of which 9 are compared", len(kinds))
	}
	want := slices.DeleteFunc(pageNames(actors.Config{}), func(name string) bool { return name == "network" })
	want = slices.Sorted(slices.Values(append(want, "gatherTimeout", "failedTimeout")))
	if got := members(t, text, "Limits"); !slices.Equal(got, want) {
		t.Errorf("Limits has %v, want %v", got, want)
	}
}

func TestTheTypesHaveEachErrorCode(t *testing.T) {
	_, text, _ := strings.Cut(types(t), "export type ErrorCode =")
	text, _, _ = strings.Cut(text, ";")
	for reason := range messages.Reason_name {
		code := messages.Reason(reason).Code()
		if !strings.Contains(text, `"`+string(code)+`"`) {
			t.Errorf("ErrorCode lacks %q", string(code))
		}
	}
	for _, code := range []messages.Code{errInvalid, messages.ErrSelf, messages.ErrLocked, messages.ErrClosed, messages.ErrTooBig} {
		if !strings.Contains(text, `"`+string(code)+`"`) {
			t.Errorf("ErrorCode lacks %q", string(code))
		}
	}
}

func TestTheTypesHaveEachCall(t *testing.T) {
	text := types(t)
	for _, method := range append(slices.Sorted(maps.Keys(calls)), slices.Sorted(maps.Keys(acts))...) {
		if !regexp.MustCompile(`(?m)^  ` + method + `\(`).MatchString(text) {
			t.Errorf("no interface has %s", method)
		}
	}
}

func TestPageNames(t *testing.T) {
	for name, want := range map[string]string{
		"A": "a", "Name": "name", "RequestTimeout": "requestTimeout", "IHaveTimeout": "iHaveTimeout",
		"TTL": "ttl", "ARWL": "arwl", "ShuffleTTL": "shuffleTTL", "MaxMembers": "maxMembers",
	} {
		if got := pageName(name); got != want {
			t.Errorf("%s is %s to a page, want %s", name, got, want)
		}
	}
	text := inPageNames("plumtree: Window is 1s, must be at least AnnounceDelay + IHaveTimeout; Windows are not.", &plumtree.Config{})
	if text != "plumtree: window is 1s, must be at least announceDelay + iHaveTimeout; Windows are not." {
		t.Error(text)
	}
}
