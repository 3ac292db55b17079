package house_test

import (
	"fmt"
	"go/ast"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// layer is the height of each folder at the root. A package imports packages of its
// own folder and of lower ones. trigger and importer are equally high and do not know
// each other.
var layer = map[string]int{"contact": 0, "filter": 1, "segment": 2, "trigger": 3, "importer": 3, "examples": 4}

// top returns the folder at the root that dir lies in.
func top(dir string) string {
	first, _, _ := strings.Cut(dir, "/")
	return first
}

func layers(list []*source) (offences []string) {
	for _, s := range list {
		from := top(s.dir())
		if s.isTest() || from == "." || from == "internal" {
			continue
		}
		height, ok := layer[from]
		if !ok {
			offences = append(offences, fmt.Sprintf("%s: folder %s has no layer", s.path, from))
			continue
		}
		for _, imp := range s.imports() {
			dir, ok := local(imp)
			if !ok || top(dir) == from {
				continue
			}
			if to, known := layer[top(dir)]; !known || to >= height {
				offences = append(offences, fmt.Sprintf("%s imports %s", s.path, dir))
			}
		}
	}
	return offences
}

func rootPackage(list []*source) (offences []string) {
	for _, s := range list {
		if s.dir() == "." {
			offences = append(offences, s.path+" lies at the root")
		}
	}
	return offences
}

// isTestSupport reports whether a package, or one it lies in, is there for tests.
func isTestSupport(dir string) bool {
	return slices.ContainsFunc(strings.Split(dir, "/"), func(part string) bool {
		return strings.HasSuffix(part, "test")
	})
}

func testSupport(list []*source) (offences []string) {
	for _, s := range list {
		if s.isTest() || top(s.dir()) == "examples" || isTestSupport(s.dir()) {
			continue
		}
		for _, imp := range s.imports() {
			if dir, ok := local(imp); ok && isTestSupport(dir) {
				offences = append(offences, fmt.Sprintf("%s imports %s", s.path, dir))
			}
		}
	}
	return offences
}

func testFlags(list []*source) (offences []string) {
	const flags = "internal/testflags"
	known := map[string]bool{} // by folder that has tests
	for _, s := range list {
		if s.isTest() && s.dir() != flags {
			known[s.dir()] = known[s.dir()] || slices.Contains(s.imports(), module+"/"+flags)
		}
	}
	for dir, ok := range known {
		if !ok {
			offences = append(offences, fmt.Sprintf("no test in %s imports %s", dir, flags))
		}
	}
	return offences
}

func fileLength(list []*source) (offences []string) {
	for _, s := range list {
		limit := 500
		if s.isTest() {
			limit = 800
		}
		if s.lines > limit && !ast.IsGenerated(s.file) {
			offences = append(offences, fmt.Sprintf("%s has %d lines, more than %d", s.path, s.lines, limit))
		}
	}
	return offences
}

func funcLength(list []*source) (offences []string) {
	const limit = 60
	for _, s := range list {
		if s.isTest() || ast.IsGenerated(s.file) {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1
			if n > limit {
				offences = append(offences, fmt.Sprintf("%s: %s has %d lines, more than %d", s.at(f), f.Name.Name, n, limit))
			}
		}
	}
	return offences
}

func docComments(list []*source) (offences []string) {
	for _, s := range list {
		if s.isTest() {
			continue
		}
		for _, d := range s.file.Decls {
			for _, n := range undocumented(d) {
				offences = append(offences, fmt.Sprintf("%s: %s has no comment", s.at(n), n.Name))
			}
		}
	}
	return offences
}

// undocumented returns the exported names of a declaration that have no comment. In a
// group of constants or variables a comment on the group is enough.
func undocumented(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && receiverIsExported(d) && d.Doc == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && spec.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
					names = append(names, spec.Name)
				}
			case *ast.ValueSpec:
				if d.Doc != nil || spec.Doc != nil || spec.Comment != nil {
					continue
				}
				for _, n := range spec.Names {
					if n.IsExported() {
						names = append(names, n)
					}
				}
			}
		}
	}
	return names
}

// receiverIsExported reports whether f is a function, or a method on an exported type.
func receiverIsExported(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	for t := f.Recv.List[0].Type; ; {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr: // one type parameter
			t = x.X
		case *ast.IndexListExpr: // several
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

func packageComments(list []*source) (offences []string) {
	documented := map[string]bool{} // by folder
	for _, s := range list {
		if !s.isTest() {
			documented[s.dir()] = documented[s.dir()] || s.file.Doc != nil
		}
	}
	for dir, ok := range documented {
		if !ok {
			offences = append(offences, fmt.Sprintf("package %s has no comment", dir))
		}
	}
	return offences
}

func systemClock(list []*source) (offences []string) {
	floors := []string{"contact", "filter", "segment"}
	for _, s := range list {
		if s.isTest() || path.Base(s.path) == "clock.go" || !slices.Contains(floors, top(s.dir())) {
			continue
		}
		clock := importName(s.file, "time")
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if ok && clock != "" && x.Name == clock && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
				offences = append(offences, fmt.Sprintf("%s: time.%s outside clock.go", s.at(n), sel.Sel.Name))
			}
			return true
		})
	}
	return offences
}

// importName returns the name under which a file knows a package of the standard
// library, "" if it does not import it.
func importName(f *ast.File, importPath string) string {
	for _, imp := range f.Imports {
		if imp.Path.Value != `"`+importPath+`"` {
			continue
		}
		if imp.Name != nil {
			return imp.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// later matches the words that mark unfinished work. They are put together here,
// so that this file does not match.
var later = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)

func leftovers(root fs.FS) (offences []string, err error) {
	kinds := []string{".go", ".s", ".md", ".mod", ".sh", ".h", ".c"}
	err = walk(root, func(name string) error {
		if !slices.Contains(kinds, path.Ext(name)) && name != ".ci/run" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if word := later.FindString(line); word != "" {
				offences = append(offences, fmt.Sprintf("%s:%d: %s", name, i+1, word))
			}
		}
		return nil
	})
	return offences, err
}
