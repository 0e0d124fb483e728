package wrtc

// ICEServer is a STUN or TURN server; over UDP, but for a browser.
type ICEServer struct {
	// URLs are stun:host:port or turn:host:port.
	URLs []string
	// Username and Credential are for TURN.
	Username, Credential string
}
