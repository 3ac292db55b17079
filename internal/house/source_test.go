package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// module is the path all imports of the project's own packages begin with.
const module = "github.com/rosterdb/roster"

// source is a Go file of the main module.
type source struct {
	path  string // from the root, with slashes
	text  string
	fset  *token.FileSet
	file  *ast.File
	lines int
}

// dir returns the folder of the file, "." for the root.
func (s *source) dir() string { return path.Dir(s.path) }

// isTest reports whether only "go test" compiles the file.
func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// at returns the place of a node as file:line.
func (s *source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(n.Pos()).Line)
}

// imports returns the import paths of the file.
func (s *source) imports() []string {
	var paths []string
	for _, imp := range s.file.Imports {
		p, _ := strconv.Unquote(imp.Path.Value) // the parser has checked it
		paths = append(paths, p)
	}
	return paths
}

// local returns the folder of one of the project's own packages.
func local(importPath string) (dir string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// walk calls visit for every file of the main module: nested modules, testdata and
// hidden folders, other than .ci, are left out.
func walk(root fs.FS, visit func(name string) error) error {
	return fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return visit(name)
		case name != "." && skipped(root, name):
			return fs.SkipDir
		}
		return nil
	})
}

// skipped reports whether the rules leave a folder out.
func skipped(root fs.FS, dir string) bool {
	base := path.Base(dir)
	if base == "testdata" || base[0] == '_' || base[0] == '.' && base != ".ci" {
		return true
	}
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return err == nil
}

// sources parses the Go files below root. It reads them itself instead of asking
// "go list": the go command does not see what a child process reads, so that a cached
// pass would hide a new offence.
func sources(root fs.FS) ([]*source, error) {
	var list []*source
	err := walk(root, func(name string) error {
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		s := &source{path: name, text: string(text), fset: token.NewFileSet()}
		s.file, err = parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s.lines = strings.Count(s.text, "\n")
		list = append(list, s)
		return nil
	})
	return list, err
}
