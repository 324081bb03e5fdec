// Image reads and extends images in docker-archive tars, without a registry. The same inputs give the same bytes.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const usage = `image name TAR                 prints the image's name
image entrypoint TAR           prints its entrypoint, a line for each word
image export TAR               prints its file system as a tar
image append TAR LAYER FLAG    adds a layer, and a flag of the JVM that starts in it`

// As Jib has it: zero means "unknown" to some programs.
var created = v1.Time{Time: time.Unix(1, 0).UTC()}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "name":
		tag, err := nameOf(args[1])
		if err != nil {
			return err
		}
		fmt.Println(tag)
		return nil
	case len(args) == 2 && args[0] == "entrypoint":
		return entrypoint(args[1])
	case len(args) == 2 && args[0] == "export":
		return export(args[1])
	case len(args) == 4 && args[0] == "append":
		return appendLayer(args[1], args[2], args[3])
	}
	return fmt.Errorf("there is no such command\n%s", usage)
}

func nameOf(tar string) (name.Tag, error) {
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(tar) })
	if err != nil {
		return name.Tag{}, err
	}
	if len(manifest) != 1 || len(manifest[0].RepoTags) != 1 {
		return name.Tag{}, fmt.Errorf("%s does not hold one image with one name", tar)
	}
	return name.NewTag(manifest[0].RepoTags[0])
}

func entrypoint(tar string) error {
	image, err := tarball.ImageFromPath(tar, nil)
	if err != nil {
		return err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(config.Config.Entrypoint, "\n"))
	return nil
}

func export(tar string) error {
	image, err := tarball.ImageFromPath(tar, nil)
	if err != nil {
		return err
	}
	files := mutate.Extract(image)
	defer files.Close()
	_, err = io.Copy(os.Stdout, files)
	return err
}

func appendLayer(tar, file, flag string) error {
	tag, err := nameOf(tar)
	if err != nil {
		return err
	}
	image, err := tarball.ImageFromPath(tar, nil)
	if err != nil {
		return err
	}
	layer, err := tarball.LayerFromFile(file)
	if err != nil {
		return err
	}
	image, err = mutate.Append(image, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: created, CreatedBy: "./dev images"},
	})
	if err != nil {
		return err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	command := config.Config.Entrypoint
	if len(command) == 0 || command[0] != "java" {
		return fmt.Errorf("the entrypoint of %s is %q; it must start with java", tag, command)
	}
	container := config.Config
	container.Entrypoint = append([]string{command[0], flag}, command[1:]...)
	if image, err = mutate.Config(image, container); err != nil {
		return err
	}
	// The image is read from the tar until the new one is complete.
	if err = tarball.WriteToFile(tar+".new", tag, image); err != nil {
		return err
	}
	return os.Rename(tar+".new", tar)
}
