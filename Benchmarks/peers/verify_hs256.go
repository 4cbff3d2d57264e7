// verify_hs256: HS256 verified by a program of Go's standard library, which nginx asks over HTTP. Signature and expiry
// are checked, and nothing else.
//
//	verify_hs256 SOCKET KEYFILE
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"hash"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

func main() {
	key, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	macs := sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}
	http.HandleFunc("/verify", func(answer http.ResponseWriter, request *http.Request) {
		cookie, err := request.Cookie("access_token_cookie")
		mac := macs.Get().(hash.Hash)
		defer macs.Put(mac)
		if err != nil || !isValid(cookie.Value, mac) {
			answer.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer.WriteHeader(http.StatusNoContent)
	})
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, nil))
}

func isValid(token string, mac hash.Hash) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var claims struct {
		Expires int64 `json:"exp"`
	}
	if !decode(parts[0], &header) || header.Algorithm != "HS256" {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	mac.Reset()
	mac.Write([]byte(token[:len(parts[0])+1+len(parts[1])]))
	return hmac.Equal(mac.Sum(nil), signature) && decode(parts[1], &claims) && claims.Expires > time.Now().Unix()
}

func decode(part string, into any) bool {
	content, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(content, into) == nil
}
