"""HS256 verified by a Flask application with Flask-JWT-Extended, as gunicorn serves it: `/verify`, which nginx asks.
KEY_FILE holds the key. Signature, expiry and kind of the token are checked, and nothing else."""

import os
import pathlib

import flask
import flask_jwt_extended

app = flask.Flask(__name__)
app.config.update(
    JWT_SECRET_KEY=pathlib.Path(os.environ["KEY_FILE"]).read_text(),
    JWT_TOKEN_LOCATION=["cookies"],
    JWT_COOKIE_CSRF_PROTECT=False,
)
manager = flask_jwt_extended.JWTManager(app)


@manager.invalid_token_loader
def refuse(reason: str):
    """nginx takes 401 and 403 for a refusal; the package's own 422 would be its 500."""
    return "", 401


@app.get("/verify")
@flask_jwt_extended.jwt_required()
def verify():
    return "", 204
