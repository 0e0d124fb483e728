package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// The files that Save writes.
const (
	ResultFile  = "result.json"
	SeriesFile  = "series.csv"
	GraphMLFile = "overlay.graphml"
	DOTFile     = "overlay.dot"
	PNGFile     = "series.png"
	SVGFile     = "series.svg"
	DegreesFile = "degrees.csv"
)

// Files lists the files that Save writes.
func Files() []string {
	var names []string
	for _, f := range files(scenario.Result{}) {
		names = append(names, f.name)
	}
	return names
}

// file is one that Save writes.
type file struct {
	name  string
	write func(io.Writer) error
}

func files(r scenario.Result) []file {
	return []file{
		{SeriesFile, func(w io.Writer) error { return CSV(w, r.Series) }},
		{DegreesFile, func(w io.Writer) error { return DegreesCSV(w, r.Overlay) }},
		{GraphMLFile, func(w io.Writer) error { return GraphML(w, r.Overlay) }},
		{DOTFile, func(w io.Writer) error { return DOT(w, r.Overlay) }},
		{PNGFile, func(w io.Writer) error { return PNG(w, r) }},
		{SVGFile, func(w io.Writer) error { return SVG(w, r) }},
		{ResultFile, func(w io.Writer) error { return JSON(w, r) }}, // last: it is there when all is
	}
}

// JSON writes a result as one object with a line break.
func JSON(w io.Writer, r scenario.Result) error {
	if r.Series == nil {
		r.Series = []scenario.Row{}
	}
	if r.Metrics == nil {
		r.Metrics = scenario.Metrics{}
	}
	return json.NewEncoder(w).Encode(r)
}

// Save writes the whole result into files of a directory. It makes the directory if
// there is none. It removes an earlier ResultFile first and writes its own last.
func Save(dir string, r scenario.Result) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, ResultFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files(r) {
		if err := File(filepath.Join(dir, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

// SaveOverlay writes the overlay at the end of a cycle and its degrees into files of a
// directory, as Save does with the last one.
func SaveOverlay(dir string, cycle int, o scenario.Overlay) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	name := func(file string) string { return filepath.Join(dir, fmt.Sprintf("%06d-%s", cycle, file)) }
	if err := File(name(GraphMLFile), func(w io.Writer) error { return GraphML(w, o) }); err != nil {
		return err
	}
	if err := File(name(DegreesFile), func(w io.Writer) error { return DegreesCSV(w, o) }); err != nil {
		return errors.Join(err, os.Remove(name(GraphMLFile)))
	}
	return nil
}

// File writes a file beside its name, and renames it: a file of that name is whole. Of one that
// cannot be written nothing is left.
func File(name string, write func(io.Writer) error) (err error) {
	f, err := os.Create(name + ".part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error tells more
		}
	}()
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
