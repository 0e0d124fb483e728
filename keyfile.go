//go:build !js

package n2n

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// pemType is the type of a PKCS#8 private key in PEM.
const pemType = "PRIVATE KEY"

// LoadKey reads the Ed25519 key of a peer from a file (PKCS#8 in PEM). If there is no
// such file, LoadKey makes one with a new key, which only its owner can read.
func LoadKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("key: %s holds no PEM block %q: give the file of an Ed25519 key in PKCS#8, or one that does not exist yet", path, pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key: %s is malformed: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key: %s holds a key of another kind (%T), want Ed25519", path, parsed)
	}
	return key, nil
}

// makeKey draws a key and writes it to a new file that only its owner can read.
func makeKey(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if err := errors.Join(pem.Encode(file, &pem.Block{Type: pemType, Bytes: der}), file.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("key: %w", err), os.Remove(path)) // no half-written key
	}
	return key, nil
}

// KeyFile is Identity with the key of LoadKey. A browser does not have it.
func KeyFile(path string) Option {
	return func(s *settings) error {
		key, err := LoadKey(path)
		if err != nil {
			return err
		}
		return Identity(key)(s)
	}
}
