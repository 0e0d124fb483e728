package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n"

	"github.com/n2n-overlay/n2n/internal/console"
)

var _ = Describe("the key of a peer", func() {
	It("is made once, for its owner only", func() {
		path := filepath.Join(GinkgoT().TempDir(), "peer.pem")
		made, err := n2n.LoadKey(path)
		Expect(err).NotTo(HaveOccurred())
		info, err := os.Stat(path)
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode()).To(Equal(fs.FileMode(0o600)))
		Expect(n2n.LoadKey(path)).To(Equal(made))
		other, err := n2n.LoadKey(path + "2")
		Expect(err).NotTo(HaveOccurred())
		Expect(other).NotTo(Equal(made))
	})

	DescribeTable("is refused", func(text, said string) {
		path := filepath.Join(GinkgoT().TempDir(), "peer.pem")
		Expect(os.WriteFile(path, []byte(text), 0o600)).To(Succeed())
		c := begin("peer", "--signal", "ws://127.0.0.1:1", "--room", "r", "--key", path)
		c.ends(console.ExitFailed)
		Expect(string(c.err.Contents())).To(And(ContainSubstring(path), ContainSubstring(said)))
		Expect(os.ReadFile(path)).To(Equal([]byte(text)), "it is left as it was")
	},
		Entry("when it is empty", "", "no PEM block"),
		Entry("when it is no PEM", "a key", "no PEM block"),
		Entry("when it is a PEM of something else", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no PEM block"),
		Entry("when it is malformed", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "malformed"),
		Entry("when it is of another kind", keyOnP256(), "of another kind"),
	)

	It("is refused where it cannot be kept", func() {
		c := begin("peer", "--signal", "ws://127.0.0.1:1", "--room", "r", "--key", filepath.Join(GinkgoT().TempDir(), "no", "such", "folder"))
		c.ends(console.ExitFailed)
		Expect(string(c.err.Contents())).To(ContainSubstring("no such file or directory"))
	})
})

// keyOnP256 returns a private key of a kind that a peer cannot have.
func keyOnP256() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
