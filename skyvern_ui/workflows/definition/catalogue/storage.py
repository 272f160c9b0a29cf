"""Where a file is stored or fetched: S3, Azure, Google Drive, SFTP, all with the same fields (api 3.4)."""

from __future__ import annotations

from .kinds import Field

PLACES = (("s3", "Amazon S3 or alike"), ("azure", "Azure Blob Storage"), ("google_drive", "Google Drive"),
          ("sftp", "SFTP server"))
_KEPT = "Skyvern keeps it encrypted. Better: the name of a secret parameter in braces."


def storage_fields(by: str) -> tuple[Field, ...]:
    """The fields of each place; `by` is the field that chooses it."""
    s3, azure, drive, sftp = (((by, (place,))) for place, _ in PLACES)
    return (
        Field("s3_bucket", "template", "Bucket", "The name of the bucket.", "storage", when=s3, common=True),
        Field("region_name", "text", "Region", "The region in which the bucket is.", "storage", when=s3,
              example="eu-central-1"),
        Field("endpoint_url", "address", "Endpoint", "For storage that is not Amazon's own.", "storage", when=s3),
        Field("aws_access_key_id", "template", "Access key", "The id that belongs to the secret key.", "storage",
              when=s3),
        Field("aws_secret_access_key", "secret", "Secret key", _KEPT, "storage", when=s3),
        Field("azure_storage_account_name", "template", "Account", "The name of the storage account.", "storage",
              when=azure, common=True),
        Field("azure_storage_account_key", "secret", "Account key", _KEPT, "storage", when=azure),
        Field("azure_blob_container_name", "template", "Container", "The container in that account.", "storage",
              when=azure, common=True),
        Field("google_credential_id", "credential", "Google account", "A connected Google account.", "storage",
              when=drive, common=True),
        Field("google_drive_folder_id", "template", "Folder", "The id at the end of the folder's address.", "storage",
              when=drive, common=True),
        Field("sftp_host", "template", "Host", "The name or address of the server.", "storage", when=sftp, common=True,
              example="files.example.com"),
        Field("sftp_port", "number", "Port", "Empty: 22.", "storage", when=sftp, least=1, most=65535),
        Field("sftp_username", "template", "User", "Who signs in there.", "storage", when=sftp, common=True),
        Field("sftp_password", "secret", "Password", _KEPT + " A password or a private key is needed.", "storage",
              when=sftp),
        Field("sftp_private_key", "secret", "Private key", _KEPT, "storage", when=sftp),
        Field("sftp_private_key_passphrase", "secret", "Passphrase of the key", _KEPT, "storage", when=sftp),
        Field("sftp_remote_path", "template", "Folder there", "Empty: the folder in which one arrives.", "storage",
              when=sftp, example="/incoming"),
        Field("sftp_host_key", "template", "Host key", "The line by which the server is known. Empty: any is taken.",
              "storage", when=sftp),
    )
