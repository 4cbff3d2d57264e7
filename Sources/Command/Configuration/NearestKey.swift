extension Setting {
  /// What keys that are meant for Postern begin with; one that does and is unknown is a mistake.
  static let prefixes = ["AUTHSVC_", "JWT_", "POSTERN_", "MAIL_", "RATELIMIT_", "CACHE_", "OIDC_"]

  /// The known key that differs in the fewest letters.
  static func nearest(to key: String) -> String {
    all.map { (key: $0.key, distance: distance($0.key, key)) }.min { $0.distance < $1.distance }!.key
  }

  /// Letters to put in, leave out, change or swap with their neighbour, to make one of the other (optimal string
  /// alignment).
  static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var rows = [Array(0...right.count)]
    for (i, letter) in left.enumerated() {
      var row = [i + 1]
      for (j, other) in right.enumerated() {
        var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == other ? 0 : 1))
        if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other { cost = min(cost, rows[i - 1][j - 1] + 1) }
        row.append(cost)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
