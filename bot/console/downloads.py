"""Answers that are no pages but files: to keep, or a picture to look at."""

from starlette.responses import Response

SEALED = "sandbox; default-src 'none'"
"""Whatever a browser takes it for, it runs nothing, loads nothing and knows nothing of the console."""


def download(content: bytes | str, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": SEALED}
    return Response(content, media_type=media_type, headers=headers)


def picture(content: bytes, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Security-Policy": SEALED})
