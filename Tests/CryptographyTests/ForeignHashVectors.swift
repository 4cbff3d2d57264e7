/// Hashes with their passwords: published ones, and ones that the programs have made of which people bring them along.
enum ForeignHashVectors {
  static let phrase = "correct horse battery staple"

  static let all = werkzeug + django + bcrypt + crypt + yescrypt + apache

  static let werkzeug = [
    // RFC 7914, section 12.
    (
      "password",
      "scrypt:1024:8:16$NaCl$fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3"
        + "886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
    ),
    (
      "pleaseletmein",
      "scrypt:16384:8:1$SodiumChloride$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d543"
        + "2955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    ),
    // RFC 6070; RFC 7914, section 11, of which the first 32 bytes are the derived key of that length.
    ("password", "pbkdf2:sha1:1$salt$0c60c80f961f0e71f3a9b524af6012062fe037a6"),
    ("password", "pbkdf2:sha1:2$salt$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
    ("password", "pbkdf2:sha1:4096$salt$4b007901b765489abead49d926f721d065a429c1"),
    ("passwd", "pbkdf2:sha256:1$salt$55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"),
    ("Password", "pbkdf2:sha256:80000$NaCl$4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"),
    // Werkzeug 3.1.9.
    (
      phrase,
      "scrypt:32768:8:1$IXiv65cz$6babbc6b54499e7e76f2bb1be2974bd4cafc116abed7a33e75d4e61fe06566624f73304c9f"
        + "ed1c22a9c465122f1ba163bc1d1b80b3c0bc64787e93cb3684401d"
    ),
    (
      phrase,
      "scrypt:4096:8:2$9w5ffuLn$5e17d8407a8aa957fa882d669a9b574fee1288f57471a2f394147ca5d90cdb833f790d2e421"
        + "0ecb5802988a9fc63f3ceba6cc08cc20ed343f74625839522c149"
    ),
    (phrase, "pbkdf2:sha1:1000$0f8mFiAX$82346b0db658236a04bd0359da067059cd7f3a64"),
    (phrase, "pbkdf2:sha256:1000$tVdLC7ZR$eaf8b386f49111732c084a65eb92b4bf4337c7a196c096e977211e825c1cdb1a"),
    (
      phrase,
      "pbkdf2:sha512:1000$V3eOE1T2$bf2074a02ba09c6e9247c07428c09f51c59c243a3ed9c08e56bd416d8abd441fe3003769"
        + "79412e7972ed1c4a5d482022d0a25bd179d3c46540e9c3eafa924fe9"
    ),
    (
      "päss w😀rd",
      "scrypt:1024:8:1$h0V5Ct82$8f8424bd90acadc800b5db83d05208140eccbd6dab122833eef8ef6a01c29dc6c5a503856d8"
        + "08eae5d739299316b6490ea45412deb61cdd444df9dcf4318566f"
    ),
    ("päss w😀rd", "pbkdf2:sha256:100$UpwwH445$586f3d5847ba0f9542148c5d936eddb527e2eb96aaf88d26c585e1c5cb0fd067"),
    // Before Werkzeug 3.0, made by Python's hmac.
    (phrase, "sha1$Zk3pLq9X$69bc363a2b1b0426a71dfce996ae0ce1bd488b00"),
    (phrase, "sha256$Zk3pLq9X$f742ed9df091f744f9e7a8e55584acb0ebcf8a3055da25addd35e8be5744d7dc"),
    (
      phrase,
      "sha512$Zk3pLq9X$f2c430125c141b32f4431bd3aca9de90b0c295158ff44e92771fab912af96d0820e998cd59a5be1dd982"
        + "28c4ceedc5a3232737b679b26784737a2478b78c64c2"
    ),
  ]

  /// passlib 1.7.4.
  static let django = [
    (phrase, "pbkdf2_sha256$1000$RCYhA7FhGfEo$v/NW9O2cAaBi2My+CDD4NafO5FUMWCCRA5c/6k/7l2w="),
    (phrase, "pbkdf2_sha1$1000$8OcosRJf5346$yM9YUwS+KZh4bPslXqMI2Kjspaw="),
  ]

  static let bcrypt = [
    // Openwall's crypt_blowfish.
    ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    (bcryptReads, "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
    // Apache's documentation.
    ("myPassword", "$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC"),
    // Python's bcrypt 5.0.0, htpasswd 2.4, mkpasswd 5.5.
    (phrase, "$2a$04$66k5CXa./wDEWAxyzFkPke4IjYvXiCfSTaS1wNEGn4RfeUpjoPz0e"),
    (phrase, "$2b$04$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu"),
    (phrase, "$2y$05$mLIoN0dFUAo6Ne2Cryn4.OiUJTXXQrafQgMAdLPAl4NHjnWozwsR2"),
    (phrase, "$2a$05$KsmZygaOjWpCRzpgGdISuOExISovVBEVCvgIPKE6q/2KkkUkaZj2G"),
  ]

  /// The 72 bytes of a password that bcrypt reads.
  static let bcryptReads = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

  static let crypt = [
    // Ulrich Drepper's specification of SHA-crypt.
    ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
    ("Hello world!", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"),
    ("This is just a test", "$5$rounds=5000$toolongsaltstrin$Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5"),
    ("the minimum number is still observed", "$5$rounds=1000$roundstoolow$yfvwcWrQ8l/K0DAWyuPMDNHpIVlTQebY9l/gL972bIC"),
    (
      "Hello world!",
      "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
    ),
    // mkpasswd, passlib, htpasswd.
    (
      phrase,
      "$6$RRfvVOUICWgA9ALi$3.wQiPbAGaGQTwKAOL.AHTfymHtwkca.PpHCbo5pD5xCJNKqTfbTARkoph3DsIx.ouEwBwwv37EgzUlj"
        + "PtEcW."
    ),
    (
      phrase,
      "$6$rounds=1000$GIvbeGyjWch6zIkc$HWgh8VbD1rxx1huVGLhDfJM5gT92cF7E6FzlKKBDFly5vwYbcw21gqz3vrAyiOEUJmki"
        + "0lvFfnvLNEp0WPc2d0"
    ),
    (
      phrase,
      "$6$rounds=1000$HQqxLm4VQ18kVrZO$cCyBRW/F0haTGOV2/Ftnuz4GrVknc5oBjjNg4JcSzwImRP/mkvaY55MguPM3DgiF/jUg"
        + "okc6m1V63Ot7HgvSe/"
    ),
    (phrase, "$5$rounds=1000$Nd0PZI7VySP3o9IW$gEljQ80GfFRcXPhgf1ToA.4gBTmJwa81lxafyuVCvG3"),
    (phrase, "$5$CIkvnvqmSiXSTFH0$Hnwrj/RQrkXrAswNA4Htd8Pm.uTwpqGC4SQU1nZeAr0"),
    (phrase, "$1$ioHm65lO$pV1sikL2QTypW3dOLAX7g/"),
    (phrase, "$1$8JcrVtHe$mXwXxaPxIyDcH6KtBUcRt0"),
  ]

  static let yescrypt = [
    // Openwall's yescrypt-go.
    ("openwall", "$y$j9T$AAt9R641xPvCI9nXw1HHW/$cuQRBMN3N/f8IcmVN.4YrZ1bHMOiLOoz9/XQMKV/v0A"),
    ("pleaseletmein", "$y$j9T$e8R9q85ZuzUkArEUurdtS.$esON.7y6H.u3UCPVCpbRFueRpAut2n2cMf1EhpjbuiC"),
    // mkpasswd, with the least parameters and the usual ones.
    (phrase, "$y$j75$LUrsvl8tmJF8umZ7ViWeE0$R1czvf82t0FsJLZm9DT8bjERQU4B/cPN9qgEg8JXqr5"),
    (phrase, "$y$j85$Kq38em0haShnC/IzSrpgh1$ktIRP4SCc.QIEHNPra4ZznLtGsJiTLmBCEOEH2XJqJ2"),
    (phrase, "$y$j7T$fIe4ng6hSeuhl3.Da3C1c.$nhX9I8AJv/VqqKnmdU3maWaB9X4Sq4qpOoCBtbN5w89"),
    (phrase, "$y$j9T$GeWeQRjtutE1FD.w.Uh6b1$9rRuvcV7Kbz2VfhGHpJ1R.eo2qFbg3cqAOW7l4JWVq."),
    (phrase, "$gy$j75$.zG8t75esmwFN6zK4ksr6/$faurlbDEN7i9yqtF0bnfer3iEp5r.fD/g18J4FSvfbD"),
    (phrase, "$gy$j9T$fMFu0WzBg89tgwhPkCsD30$Y/M1ROFzkBporCgU6p8rmVx65hUaG.N6Zs8cjdDoov9"),
    (phrase, "$7$BU..../....cJhsP1uJOTN8Nh8aOiLOk0$hmd8H0qEVrNf39Gtzw4vJ7sagmK14YyYEeH3RjRXYa0"),
    (phrase, "$7$CU..../....vBDBkhChAPpUJfZ.6bLP0/$UZy7L0VsPiCyQqZCzbo2CR2iJU4GkoQKK2l60RnPPxC"),
  ]

  static let apache = [
    // Apache's documentation.
    ("myPassword", "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/"),
    ("myPassword", "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="),
    // htpasswd, passlib.
    (phrase, "$apr1$by1ebPy6$.znNIcsjR3vfPhAbxtjCT1"),
    (phrase, "$apr1$IOC4R5p1$UhXWPZZiVqaqB95N5Q.wh/"),
    ("", "$apr1$D1b6kMzi$QrIjJSTAjrRPnd1Lpxygm/"),
    ("päss w😀rd", "$apr1$l3iyY17G$gI4AgVvNfygWc12oqN./L/"),
    (String(repeating: "x", count: 100), "$apr1$7zAS.ptq$AJqyhBBPZcL.eLQgHA4AL0"),
    (phrase, "{SHA}q/eq1kOINtvlJqojGr3i0O73TUI="),
    (phrase, "{SSHA}Zmz3zzPx0K8tzPlSgArn58DM5wY753zv"),
  ]
}
