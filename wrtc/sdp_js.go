package wrtc

import "bytes"

// onlyFingerprint returns the fingerprint of the only certificate that a session
// description allows.
func onlyFingerprint(text string) ([]byte, error) {
	description, err := parseSDP(text)
	if err != nil {
		return nil, err
	}
	attributes := description.Attributes
	for _, media := range description.MediaDescriptions {
		attributes = append(attributes, media.Attributes...)
	}
	var only []byte
	for _, a := range attributes {
		if a.Key != "fingerprint" {
			continue
		}
		print, err := parseFingerprint(a.Value)
		switch {
		case err != nil:
			return nil, err
		case only != nil && !bytes.Equal(only, print):
			return nil, malformedSDP("allows several certificates")
		}
		only = print
	}
	if only == nil {
		return nil, malformedSDP("has no fingerprint")
	}
	return only, nil
}
