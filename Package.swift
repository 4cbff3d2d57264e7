// swift-tools-version: 6.2
import PackageDescription

// Who may import whom is in Sources/README.md. `make build` holds the compiler to it with
// --explicit-target-dependency-import-check error.

let package = Package(
  name: "postern",
  products: [.executable(name: "postern", targets: ["Command"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    // One module per C library, each with exactly one importer; CLinux is for the system calls that Glibc lacks.
    .target(name: "CFastCGI", path: "Sources/C/CFastCGI", linkerSettings: [.linkedLibrary("fcgi")]),
    .target(name: "CLinux", path: "Sources/C/CLinux"),
    .target(name: "CCurl", path: "Sources/C/CCurl"),
    .target(name: "CCBOR", path: "Sources/C/CCBOR"),
    .target(name: "CQREncode", path: "Sources/C/CQREncode"),
    .target(name: "CGD", path: "Sources/C/CGD"),
    .systemLibrary(name: "CSQLite", path: "Sources/C/CSQLite", pkgConfig: "sqlite3"),
    .systemLibrary(name: "COpenSSL", path: "Sources/C/COpenSSL", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CArgon2", path: "Sources/C/CArgon2", pkgConfig: "libargon2"),
    .systemLibrary(name: "CCrypt", path: "Sources/C/CCrypt", pkgConfig: "libcrypt"),

    .target(name: "Postern"),
    .target(name: "HTTP"),
    .target(name: "Pages", dependencies: ["Postern", "HTTP", "CQREncode"], resources: [.embedInCode("Assets")]),
    .target(name: "API", dependencies: ["Postern", "HTTP", "Pages"]),
    .target(name: "FastCGI", dependencies: ["HTTP", "CFastCGI", "CLinux"]),
    .target(name: "SQL", dependencies: ["Postern", "CSQLite"], resources: [.embedInCode("Migrations")]),
    .target(name: "Cryptography", dependencies: ["Postern", "COpenSSL", "CArgon2", "CCrypt", "CCBOR"]),
    .target(name: "Mail", dependencies: ["Postern"], resources: [.embedInCode("Templates")]),
    .target(name: "Curl", dependencies: ["Postern", "CCurl"]),
    .executableTarget(
      name: "Command",
      dependencies: [
        "Postern", "HTTP", "API", "Pages", "FastCGI", "SQL", "Cryptography", "Mail", "Curl", "CLinux", "CGD",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      // Packed relocations, folded duplicates and no exported symbols but those that libfcgi needs: more than a
      // megabyte less that stays in memory. glibc 2.36 or newer reads them.
      linkerSettings: [
        .unsafeFlags(
          [
            "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--icf=safe",
            "-Xlinker", "--no-export-dynamic",
          ],
          .when(configuration: .release))
      ]),

    // Fakes of the ports, a clock that is set by hand, random bytes that repeat.
    .target(name: "PosternTesting", dependencies: ["Postern", "HTTP"], path: "Tests/PosternTesting"),
    .testTarget(name: "PosternTests", dependencies: ["Postern", "PosternTesting"]),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "PosternTesting"]),
    .testTarget(name: "PagesTests", dependencies: ["Pages", "HTTP", "Postern", "PosternTesting"]),
    .testTarget(
      name: "APITests", dependencies: ["API", "Postern", "HTTP", "Pages", "Cryptography", "PosternTesting"]),
    .testTarget(name: "FastCGITests", dependencies: ["FastCGI", "HTTP", "CFastCGI", "CLinux"]),
    .testTarget(name: "SQLTests", dependencies: ["SQL", "Postern", "PosternTesting"]),
    .testTarget(name: "CryptographyTests", dependencies: ["Cryptography", "Postern", "PosternTesting"]),
    .testTarget(name: "MailTests", dependencies: ["Mail", "Postern", "PosternTesting"]),
    .testTarget(name: "CommandTests", dependencies: ["Command", "CLinux", "Postern", "PosternTesting"]),
  ]
)

for target in package.targets where target.path?.hasPrefix("Sources/C/") != true {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
