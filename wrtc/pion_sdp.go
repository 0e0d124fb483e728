package wrtc

import "github.com/pion/sdp/v3"

type sdpDescription = sdp.SessionDescription
