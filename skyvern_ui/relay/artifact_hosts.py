"""Host names that belong to object storage: S3, R2, Google Cloud Storage, Azure Blob."""

from __future__ import annotations

import re

_BUCKET = r"[a-z0-9](?:[a-z0-9.\-]{1,61}[a-z0-9])"
_REGION = r"[a-z]{2}(?:-[a-z]{2,12}){1,2}-[0-9]{1,2}"
_SHAPES = re.compile(
    "|".join(
        (
            # S3: virtual-hosted and path style, dual-stack, accelerated, access points, China.
            rf"(?:{_BUCKET}\.)?s3\.amazonaws\.com",
            rf"(?:{_BUCKET}\.)?s3[.\-](?:dualstack\.)?{_REGION}\.amazonaws\.com",
            rf"{_BUCKET}\.s3-accelerate(?:\.dualstack)?\.amazonaws\.com",
            rf"[a-z0-9\-]{{3,50}}-[0-9]{{12}}\.s3-accesspoint\.(?:dualstack\.)?{_REGION}\.amazonaws\.com",
            rf"(?:{_BUCKET}\.)?s3\.(?:dualstack\.)?cn-[a-z]{{2,12}}-[0-9]\.amazonaws\.com\.cn",
            # R2.
            rf"(?:{_BUCKET}\.)?[0-9a-f]{{32}}\.(?:(?:eu|fedramp)\.)?r2\.cloudflarestorage\.com",
            r"pub-[0-9a-f]{32}\.r2\.dev",
            # Google Cloud Storage.
            rf"(?:{_BUCKET}\.)?storage\.googleapis\.com",
            # Azure Blob, with its DNS zones and its sovereign clouds.
            r"[a-z0-9]{3,24}\.(?:z[0-9]{1,2}\.)?blob\.(?:core\.windows\.net|storage\.azure\.net)",
            r"[a-z0-9]{3,24}\.blob\.core\.(?:usgovcloudapi\.net|chinacloudapi\.cn)",
        )
    )
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")


def is_host_name(host: str) -> bool:
    """A lower-case DNS name of letters, digits and hyphens, without a trailing dot; no IP address."""
    labels = host.split(".")
    return len(host) <= 253 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def is_storage(host: str) -> bool:
    """Whether a lower-case host name has the shape of one of the four storages. Resolve-check it all the same."""
    return is_host_name(host) and _SHAPES.fullmatch(host) is not None
