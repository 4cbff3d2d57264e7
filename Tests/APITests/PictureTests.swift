import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct PictureTests {
  private let path = "/api/auth/upload-profile-picture"
  /// Of 300 × 200 pixels, as far as its head goes.
  private let png: [UInt8] =
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 1, 44, 0, 0, 0, 200]
    + [UInt8](repeating: 0, count: 200)

  private func form(_ content: [UInt8], field: String = "profile_picture", type: String = "image/png") -> [UInt8] {
    Array("--X\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"a\"\r\n".utf8)
      + Array("Content-Type: \(type)\r\n\r\n".utf8) + content + Array("\r\n--X--\r\n".utf8)
  }

  private func url(_ harness: Harness, _ cookies: [String: String], _ key: String = "profile_picture_url") -> JSON? {
    harness.send("GET", "/api/auth/user/@me", cookies: cookies).json["user"]?[key]
  }

  @Test func aPictureIsBroughtShownAndTakenAway() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(url(harness, cookies) == .null)
    let answer = harness.send("POST", path, file: form(png), cookies: cookies)
    #expect(answer.status == 200)
    #expect(answer.json["message"] == "Profile picture uploaded successfully")
    let name = try #require(try harness.pictureFiles.list().first)
    #expect(answer.json["profile_picture_url"] == .string("/api/auth/pictures/\(name)-512.webp"))
    #expect(answer.json["profile_picture_small_url"] == .string("/api/auth/pictures/\(name)-128.webp"))
    #expect(url(harness, cookies) == answer.json["profile_picture_url"])
    #expect(url(harness, cookies, "profile_picture_small_url") == answer.json["profile_picture_small_url"])
    let picture = harness.send("GET", "/api/auth/pictures/\(name)-512.webp")
    #expect(picture.bytes == png)
    #expect(picture.fields["Content-Type"] == "image/webp")
    #expect(picture.fields["Cache-Control"] == "public, max-age=31536000, immutable")
    #expect(picture.fields["Content-Security-Policy"] == "default-src 'none'; sandbox")
    #expect(picture.fields["X-Content-Type-Options"] == "nosniff")
    #expect(harness.send("HEAD", "/api/auth/pictures/\(name)-512.webp").bytes == [])
    #expect(harness.send("DELETE", "/api/auth/user/@me/picture", cookies: cookies).status == 200)
    #expect(url(harness, cookies) == .null)
    #expect(harness.send("GET", "/api/auth/pictures/\(name)-512.webp").status == 404)
  }

  @Test func whatIsWrongIsToldAsFrontEndsKnowIt() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let cases: [([UInt8], String, String)] = [
      ([], "No file uploaded", "NO_FILE"), (form(png, field: "other"), "No file uploaded", "NO_FILE"),
      (
        form(png, type: "text/plain"), "Invalid file type. Please upload a valid image (PNG, JPG, GIF, WebP).",
        "INVALID_FILE_TYPE"
      ),
      (form([1]), "File too small. Please upload a valid image.", "FILE_TOO_SMALL"),
      (
        form(png + [UInt8](repeating: 0, count: Pictures.largestFile)), "File too large. Maximum size is 5MB.",
        "FILE_TOO_LARGE"
      ),
      (form(png + [0xFF]), "The picture cannot be read. Please upload a valid image.", "UNREADABLE_PICTURE"),
      (
        form(png.enumerated().map { $0 == 17 ? 0x10 : $1 }), "The picture has more than 40 million pixels.",
        "TOO_MANY_PIXELS"
      ),
    ]
    for (body, sentence, code) in cases {
      let answer = harness.send("POST", path, file: body, cookies: cookies)
      #expect(answer.status == 400, "\(sentence)")
      #expect(answer.json["error"] == .string(sentence))
      #expect(answer.json["error_code"] == .string(code))
    }
    #expect(harness.send("POST", path, file: form(png)).status == 401)
  }

  /// Only the row that takes files has the larger limit, and says in its own words that it is exceeded.
  @Test func onlyAFileMayBeLarge() throws {
    let harness = try Harness()
    func parameters(_ path: String) -> Parameters { ["REQUEST_METHOD": "POST", "SCRIPT_NAME": path].parameters }
    #expect(harness.gate.bodyLimit(for: parameters(path)) == 5 << 20 + 65_536)
    for other in ["/api/auth/login", "/api/auth/verify", "/nonsense", path + "/", "/auth/login"] {
      #expect(harness.gate.bodyLimit(for: parameters(other)) == 1 << 20)
    }
    #expect(harness.gate.refuse(.bodyTooLarge, parameters(path)).status == 400)
    #expect(harness.gate.refuse(.bodyTooLarge, parameters("/api/auth/login")).status == 413)
    #expect(harness.gate.refuse(.overloaded, parameters(path)).status == 503)
  }

  @Test func aWebServerThatSaysHowSendsTheFileItself() throws {
    let harness = try Harness(pictures: "/var/lib/pictures")
    let address = "/api/auth/pictures/" + String(repeating: "0", count: 32) + "-128.webp"
    let name = address.split(separator: "/").last!
    let nginx = harness.send("GET", address, with: ["AUTH_SEND_FILE": "X-Accel-Redirect"])
    #expect(nginx.fields["X-Accel-Redirect"] == "/.postern/pictures/\(name)")
    #expect(nginx.fields["Content-Type"] == "image/webp")
    let lighttpd = harness.send("GET", address, with: ["AUTH_SEND_FILE": "X-Sendfile"])
    #expect(lighttpd.fields["X-Sendfile"] == "/var/lib/pictures/\(name)")
    #expect(nginx.bytes == [] && lighttpd.bytes == [])
    // On the reactor: nothing is read.
    #expect(harness.isInline("GET", address, with: ["AUTH_SEND_FILE": "X-Sendfile"]))
    #expect(!harness.isInline("GET", address, with: [:]))
    for extra in [
      [:], ["AUTH_SEND_FILE": ""], ["AUTH_SEND_FILE": "x-sendfile"], ["HTTP_AUTH_SEND_FILE": "X-Sendfile"],
      ["AUTH_SEND_FILE": "X-Accel-Redirect", "AUTH_SEND_FILE": "X-Sendfile"],
    ] as [Harness.Extra] {
      let answer = harness.send("GET", address, with: extra)
      #expect(answer.status == 404 && !answer.fields.has("X-Sendfile") && !answer.fields.has("X-Accel-Redirect"))
    }
    // Where nobody else may enter the folder, nobody is sent there.
    let closed = try Harness().send("GET", address, with: ["AUTH_SEND_FILE": "X-Sendfile"])
    #expect(closed.status == 404 && !closed.fields.has("X-Sendfile"))
  }
}

extension [String: String] {
  fileprivate var parameters: Parameters {
    var parameters = Parameters()
    for (name, value) in self { parameters.append(name: name.utf8, value: value.utf8) }
    return parameters
  }
}
