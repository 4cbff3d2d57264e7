"""The rows of recorded.py about the second step of a sign-in, with AUTHSVC_ENABLE_MFA=True. {owner} has an
authenticator app and has just given the password: {owner_ticket} and {owner_cookie} are what that gave, {owner_code} is
a right code, {repeated} one that has been used."""

from recorded import BOTH, LOG_IN, LOGGED_IN, LOGIN, VALIDATED, Row

VERIFY = "POST /api/auth/verify-mfa"
COOKIE = {"Cookie": "postern_sign_in={owner_cookie}"}
BAD_CODE = {"error": "Invalid MFA token", "error_code": "BAD_CODE"}
BAD_TICKET = {"error": "Invalid MFA token", "error_code": "BAD_MFA_TOKEN"}
WITH_TICKET = "a code counts with the ticket of its password step only"
NOBODY_TOLD = "nothing tells who exists"

SECOND_STEP = [
    Row("9.1", "login with a second factor", LOGIN, LOG_IN | {"email": "{owner}"},
        answer={"message": None, "mfa_required": True, "mfa_token": None, "factors": ["totp", "recovery"]},
        sets={"postern_sign_in"}, differs="the answer has the ticket that the package never gave"),
    Row("9.2", "wrong code", VERIFY, {"email": "{owner}", "token": "000000"}, status=400, answer=BAD_TICKET),
    Row("9.2", "wrong code, with the ticket", VERIFY, {"mfa_token": "{owner_ticket}", "token": "{owner_wrong}"}, COOKIE,
        400, BAD_CODE),
    Row("9.3", "unknown user", VERIFY, {"email": "nobody@example.com", "token": "000000"}, status=400,
        answer=BAD_TICKET, differs=NOBODY_TOLD),
    Row("9.4", "empty", VERIFY, {}, status=400, answer=BAD_TICKET, differs=NOBODY_TOLD),
    Row("9.5", "not JSON", VERIFY, b"x", status=400, answer={"error": None, "error_code": "MALFORMED_BODY"},
        differs=VALIDATED),
    Row("9.6", "right code, no password step", VERIFY, {"email": "{owner}", "token": "{owner_code}"}, status=400,
        answer=BAD_TICKET, differs=WITH_TICKET),
    Row("9.6", "right code, with the ticket", VERIFY, {"mfa_token": "{owner_ticket}", "token": "{owner_code}"}, COOKIE,
        answer=LOGGED_IN, sets=BOTH | {"-postern_sign_in"}),
    Row("9.7", "code used twice", VERIFY, {"mfa_token": "{owner_ticket}", "token": "{repeated}"}, COOKIE, 400,
        BAD_CODE),
]  # fmt: skip
