/// A file, and what python-dotenv 1.2.2 (`DotEnv(path, override=False).dict()`) reads from it in the environment
/// `FROM_ENVIRONMENT=theirs`, `EMPTY=`; and the lines that it warns of, counted where the statement begins.
struct DotEnvVector: Sendable, CustomStringConvertible {
  let description: String
  let text: String
  let values: [String: String?]
  let unreadable: [Int]

  init(_ description: String, _ text: String, values: [(String, String?)], unreadable: [Int]) {
    self.description = description
    self.text = text
    self.values = Dictionary(uniqueKeysWithValues: values)
    self.unreadable = unreadable
  }

  static let environment = ["FROM_ENVIRONMENT": "theirs", "EMPTY": ""]

  static let all: [DotEnvVector] = [
    DotEnvVector(
      "plain",
      "A=1\nB=two words\nC=\nD\n",
      values: [("A", "1"), ("B", "two words"), ("C", ""), ("D", nil)],
      unreadable: []),
    DotEnvVector(
      "spaces around the equals sign and the line",
      "  A = 1  \n\tB\t=\tx\t\n",
      values: [("A", "1"), ("B", "x")],
      unreadable: []),
    DotEnvVector(
      "export",
      "export A=1\nexport\tB=2\nexport=3\nexporting=4\nexport C\n",
      values: [("A", "1"), ("B", "2"), ("export", "3"), ("exporting", "4"), ("C", nil)],
      unreadable: []),
    DotEnvVector(
      "comments",
      "# one\n  # two\nA=1 # three\nB=1#no comment\nC=#no comment\nD= # no comment either\nE='x' # four\nF=\"y\"#five\nG=a \t#b #c\n",
      values: [
        ("A", "1"), ("B", "1#no comment"), ("C", "#no comment"), ("D", "# no comment either"), ("E", "x"), ("F", "y"),
        ("G", "a"),
      ],
      unreadable: []),
    DotEnvVector(
      "single quotes",
      "A='x y'\nB='it\\'s'\nC='back\\\\slash'\nD='new\\nline'\nE=''\nF='\"'\n",
      values: [("A", "x y"), ("B", "it's"), ("C", "back\\slash"), ("D", "new\\nline"), ("E", ""), ("F", "\"")],
      unreadable: []),
    DotEnvVector(
      "double quotes",
      "A=\"x y\"\nB=\"say \\\"hi\\\"\"\nC=\"tab\\tnew\\nline\\\\ \\a\\b\\f\\r\\v\\'\"\nD=\"\\q \\x41 \\u00e9 \\0\"\nE=\"\"\nF=\"'\"\n",
      values: [
        ("A", "x y"), ("B", "say \"hi\""), ("C", "tab\tnew\nline\\ \u{7}\u{8}\u{C}\r\u{B}'"),
        ("D", "\\q \\x41 \\u00e9 \\0"), ("E", ""), ("F", "'"),
      ],
      unreadable: []),
    DotEnvVector(
      "several lines",
      "A='one\ntwo'\nB=\"three\nfour\n\"\nC=5\n",
      values: [("A", "one\ntwo"), ("B", "three\nfour\n"), ("C", "5")],
      unreadable: []),
    DotEnvVector(
      "a quote that only a backslash precedes",
      "A='C:\\'\n",
      values: [("A", "C:\\")],
      unreadable: []),
    DotEnvVector(
      "a quote that only backslashes precede",
      "A='C:\\\\'\nB='x'\n",
      values: [],
      unreadable: [1]),
    DotEnvVector(
      "an escaped last quote before another line with one",
      "A='C:\\'\nB='x'\n",
      values: [],
      unreadable: [1]),
    DotEnvVector(
      "quotes inside an unquoted value",
      "A=it's\nB=x\"y\"\nC=a=b=c\n",
      values: [("A", "it's"), ("B", "x\"y\""), ("C", "a=b=c")],
      unreadable: []),
    DotEnvVector(
      "quoted keys",
      "'A b'=1\n'C'=2\nexport 'D' = 3\n",
      values: [("A b", "1"), ("C", "2"), ("D", "3")],
      unreadable: []),
    DotEnvVector(
      "line ends of other systems",
      "A=1\r\nB='x\r\ny'\rC=3\r\n\r\n",
      values: [("A", "1"), ("B", "x\ny"), ("C", "3")],
      unreadable: []),
    DotEnvVector(
      "no end of the last line",
      "A=1\nB=2",
      values: [("A", "1"), ("B", "2")],
      unreadable: []),
    DotEnvVector(
      "a key twice",
      "A=1\nA=2\n",
      values: [("A", "2")],
      unreadable: []),
    DotEnvVector(
      "text beyond ASCII",
      "A=é😀 \nB='日本'\nC=x\u{A0}#y\nD=\u{A0}z\u{3000}\n",
      values: [("A", "é😀"), ("B", "日本"), ("C", "x"), ("D", "z")],
      unreadable: []),
    DotEnvVector(
      "unusual white space",
      "A=1\u{B}#x\nB=\u{1F}2\nC=a\u{2028}b\n\u{C}D=4\n",
      values: [("A", "1"), ("B", "2"), ("C", "a\u{2028}b"), ("D", "4")],
      unreadable: []),
    DotEnvVector(
      "variables",
      "A=1\nB=${A}2\nC='${A}'\nD=\"${A}${B}\"\nE=${NONE}\nF=${NONE:-x y}\nG=${A:-z}\nH=$A\nI=${A\nJ=${A:x}\nK=${}\nL=${FROM_ENVIRONMENT}\nM=$${A}}\nN=${EMPTY:-x}\nO=\\${A}\n",
      values: [
        ("A", "1"), ("B", "12"), ("C", "1"), ("D", "112"), ("E", ""), ("F", "x y"), ("G", "1"), ("H", "$A"),
        ("I", "${A"), ("J", "${A:x}"), ("K", ""), ("L", "theirs"), ("M", "$1}"), ("N", ""), ("O", "\\1"),
      ],
      unreadable: []),
    DotEnvVector(
      "variables against the environment",
      "FROM_ENVIRONMENT=mine\nA=${FROM_ENVIRONMENT}\nP\nB=x${P:-y}z\n",
      values: [("FROM_ENVIRONMENT", "mine"), ("A", "theirs"), ("P", nil), ("B", "xz")],
      unreadable: []),
    DotEnvVector(
      "variables that a later line sets",
      "A=${B}\nB=1\n",
      values: [("A", ""), ("B", "1")],
      unreadable: []),
    DotEnvVector(
      "a variable in braces that never end until another's",
      "A=${B${C}\nC=1\nD=${B${C:-x}y}\n",
      values: [("A", ""), ("C", "1"), ("D", "xy}")],
      unreadable: []),
    DotEnvVector(
      "lines that cannot be read",
      "A=1\nB C\n=2\nD='x' y\nE=\"z\"w\nF=3\n",
      values: [("A", "1"), ("F", "3")],
      unreadable: [2, 3, 4, 5]),
    DotEnvVector(
      "a quote without an end",
      "A=1\nB='x\nC=2\nD=3\n",
      values: [("A", "1"), ("C", "2"), ("D", "3")],
      unreadable: [2]),
    DotEnvVector(
      "a double quote without an end",
      "A=\"x\nB=2",
      values: [("B", "2")],
      unreadable: [1]),
    DotEnvVector(
      "a quoted key without an end",
      "'A=1\nB=2\n",
      values: [("B", "2")],
      unreadable: [1]),
    DotEnvVector(
      "nothing",
      "",
      values: [],
      unreadable: []),
    DotEnvVector(
      "only blank lines",
      "\n \n\t\n",
      values: [],
      unreadable: []),
    DotEnvVector(
      "keys with odd letters",
      "A.b-c:d=1\n1=2\nä=3\n*=4\n",
      values: [("A.b-c:d", "1"), ("1", "2"), ("ä", "3"), ("*", "4")],
      unreadable: []),
    DotEnvVector(
      "hash after the key",
      "A#=1\nB=2\nC #=3\n",
      values: [("A", nil), ("B", "2"), ("C", nil)],
      unreadable: []),
    DotEnvVector(
      "empty value before a comment without space",
      "A='' #c\nB=\"\"#c\n",
      values: [("A", ""), ("B", "")],
      unreadable: []),
  ]
}
