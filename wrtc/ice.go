package wrtc

// ICEServer is a STUN or TURN server. Outside a browser it must use UDP.
type ICEServer struct {
	// URLs are stun:host:port or turn:host:port.
	URLs []string
	// Username and Credential are for TURN servers.
	Username, Credential string
}
