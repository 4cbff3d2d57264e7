"""The rows of recorded.py about the picture that a person brings."""

from recorded import TOKENS, Row
from rig.pictures import FORM as FILE
from rig.pictures import form, quarters, saved

PICTURE = "POST /api/auth/upload-profile-picture"
PNG = saved(quarters(8, 8), "PNG").ljust(208, b"\0")
NO_PICTURE = "Invalid file type. Please upload a valid image (PNG, JPG, GIF, WebP)."

PICTURES = [
    Row("7.1", "picture", PICTURE, form(PNG), TOKENS | FILE,
        answer={"message": "Profile picture uploaded successfully", "profile_picture_url": None}),
    Row("7.2", "picture in another field", PICTURE, form(PNG, field="other"), TOKENS | FILE, 400,
        {"error": "No file uploaded", "error_code": None}),
    Row("7.3", "picture without a name", PICTURE, form(PNG, name=""), TOKENS | FILE, 400,
        {"error": "No file selected", "error_code": None}),
    Row("7.4", "text in its place", PICTURE, form(b"x" * 208, name="a.txt", kind="text/plain"), TOKENS | FILE, 400,
        {"error": NO_PICTURE, "error_code": None}),
    Row("7.5", "picture of 100 bytes", PICTURE, form(b"x" * 100), TOKENS | FILE, 400,
        {"error": "File too small. Please upload a valid image.", "error_code": None}),
    Row("7.6", "picture of more than 5 MiB", PICTURE, form(b"x" * ((5 << 20) + 1)), TOKENS | FILE, 400,
        {"error": "File too large. Maximum size is 5MB.", "error_code": None}),
    Row("7.7", "picture by its name only", PICTURE, form(b"<script>" * 20), TOKENS | FILE, 400,
        {"error": NO_PICTURE, "error_code": None}, differs="a picture is decoded, and one that is none is refused"),
    Row("7.8", "picture, no body", PICTURE, headers=TOKENS, status=400,
        answer={"error": "No file uploaded", "error_code": None}),
    # 7.9, the picture at the address that 7.1 gives, was 404 and is 200: test_pictures.py.
]
