import Postern

extension Setting {
  static let server: [Setting] = [
    Setting(
      "POSTERN_LISTEN", .server, \.listen, Form.listener.list(),
      standard: "unix:/run/postern/postern.sock as root, else postern.sock in the data directory",
      "Where web servers connect. A socket that is handed over (LISTEN_FDS, or descriptor 0) wins."),
    Setting(
      "POSTERN_ALLOWED_PEERS", .server, \.allowedPeers, Form.address.list(),
      "Addresses that may connect over TCP beyond this machine: whoever speaks FastCGI to Postern is believed."),
    Setting(
      "POSTERN_SOCKET_MODE", .server, \.socketMode, .fileMode, "Permissions of the socket file."),
    Setting(
      "POSTERN_SOCKET_GROUP", .server, \.socketGroup, Form.text.orNone(),
      "Group of the socket file, by name or number: the web server's."),
    Setting(
      "POSTERN_REACTORS", .server, \.reactors, .number(0...256),
      "Threads that read from web servers and answer `verify`. 0: one for two processors."),
    Setting(
      "POSTERN_WORKERS", .server, \.workers, .number(0...1_024),
      "Writes to the database at once; those that wait together share a flush. 0: two per processor, at least 16."),
    Setting(
      "POSTERN_HASHERS", .server, \.hashers, .number(0...256),
      "Passwords that are hashed at once, each in POSTERN_ARGON2_MEMORY. 0: one per processor."),
    Setting(
      "POSTERN_QUEUE_LENGTH", .server, \.queueLength, .number(1...65_536),
      "Requests that may wait for one kind of worker; the next one is answered 503."),
  ]

  static let storage: [Setting] = [
    Setting(
      "POSTERN_DATA_DIR", .storage, \.dataDirectory, .absolutePath,
      standard: "/var/lib/postern as root, else $XDG_DATA_HOME/postern or ~/.local/share/postern",
      "Where the database and the secrets are kept. Made when missing, for its owner alone."),
    Setting(
      "POSTERN_PICTURES_DIR", .storage, \.picturesDirectory, Form.absolutePath.orNone(),
      standard: "pictures in the data directory",
      "Where pictures of people are kept. A web server that can enter it, and all above it, sends them itself."),
    Setting(
      "SQLALCHEMY_DATABASE_URI", .storage, \.databasePath, .database,
      "The database. A relative path is in the data directory."),
    Setting(
      "SECRET_KEY", .storage, \.secretKey, .secret, standard: "made at the first start", isSecret: true,
      "Key from which those for everything but tokens are derived. Kept in the data directory when it is made."),
    Setting(
      "JWT_SECRET_KEY", .storage, \.jwtSecretKey, .secret, standard: "made at the first start", isSecret: true,
      "Key that signs access and refresh tokens. Whoever holds it can be anyone."),
  ]

  static let log: [Setting] = [
    Setting(
      "POSTERN_LOG_FORMAT", .log, \.logFormat, .choice, "Lines of text, or one JSON object per line."),
    Setting(
      "POSTERN_LOG_LEVEL", .log, \.logLevel, .choice, "The least that is logged."),
    Setting(
      "POSTERN_DEV", .log, \.isDevelopment, .truth,
      "Takes short secrets, the placeholders of documentation and cheap password hashes: for development only."),
    Setting(
      locating: "POSTERN_ENV_FILE", .log,
      standard: ".env in the working directory, else /etc/postern/postern.env", accepts: "a path",
      "The file to read settings from; the environment goes before it. Empty: no file."),
  ]
}
