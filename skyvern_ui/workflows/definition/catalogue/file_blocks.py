"""Blocks that fetch, read, fill in and store files."""

from __future__ import annotations

from dataclasses import replace

from .kinds import Field
from .shared import FILE_NAME, FILE_URL, GOAL, JSON_SCHEMA, LLM_KEY, PAGE, TITLE, D, E, M, P, R, T, kind
from .storage import PLACES, storage_fields

_SITE = ("download_target", ("website",))
_STORE = ("download_target", tuple(place for place, _ in PLACES))
_FILE_TYPES = (("auto_detect", "Find out"), ("csv", "CSV"), ("excel", "Excel"), ("pdf", "PDF"), ("image", "Image"),
               ("docx", "Word"), ("zip", "ZIP"))
_PAPER = tuple((name, name) for name in ("A4", "Letter", "Legal", "Tabloid"))

FILE_BLOCKS = (
    kind("file_download", "Download file", "download", "files", "Download a file from a site or from storage.",
         Field("download_target", "choice", "From", "Where the file is fetched.", default="website", common=True,
               choices=(("website", "A website"), *PLACES)),
         replace(GOAL, label="What to download",
                 help="The file you want and how to get at it. For storage it may be empty.",
                 example="Download the newest invoice as PDF."),
         replace(PAGE, when=_SITE), FILE_NAME,
         Field("download_timeout", "decimal", "Longest wait in seconds", "How long the download may take.", "limits"),
         Field("path", "template", "Path in the storage", "The file or folder there.", "storage", when=_STORE),
         Field("prompt", "long_template", "Which files", "In plain words. Empty: all.", "storage", when=_STORE),
         Field("continue_on_empty", "flag", "No file is fine", "With nothing to fetch the block succeeds.", "storage",
               default=False),
         *storage_fields("download_target"), TITLE, *E, *R, *P, *T, *M, *D, start={"navigation_goal": ""}),
    kind("file_upload", "Upload file", "upload", "files", "Store the files of this run elsewhere.",
         Field("storage_type", "choice", "To", "Where the files are stored.", default="s3", common=True,
               choices=PLACES),
         Field("path", "template", "Which folder or file", "Empty: all files that this run downloaded.", common=True),
         Field("prompt", "long_template", "Which files", "In plain words. Empty: all."),
         *storage_fields("storage_type"),
         Field("azure_folder_path", "template", "Folder in the container",
               "Skyvern 1.0.56 takes this and does not keep it.", "storage", when=("storage_type", ("azure",))),
         start={"storage_type": "s3"}),
    kind("file_url_parser", "Read file", "file-text", "files", "Read a file and take its content as data.", FILE_URL,
         Field("file_type", "choice", "Kind of file", "How the file is read.", default="auto_detect",
               choices=_FILE_TYPES, common=True),
         replace(JSON_SCHEMA, common=True, help="A JSON schema of what to take out. Empty: all of it."),
         Field("worksheet", "template", "Worksheet", "Of an Excel file. Empty: the first."),
         Field("force_ocr", "flag", "Read a PDF by looking at it",
               "For a PDF whose text comes out garbled; only its first pages are read.", default=False),
         start={"file_url": "", "file_type": "auto_detect"}),
    kind("pdf_fill", "Fill in PDF", "file-pen", "files", "Fill in the fields of a PDF form.",
         replace(FILE_URL, help="The PDF form."),
         Field("prompt", "long_template", "How to fill it in", "What belongs where, in plain words.", required=True,
               common=True),
         Field("payload", "json", "Values", "The values to fill in.", common=True,
               shapes=("object", "array", "text")),
         *P, LLM_KEY, start={"file_url": "", "prompt": ""}),
    kind("split_pdf", "Split PDF", "scissors", "files", "Cut a PDF into several.",
         replace(FILE_URL, help="The PDF to split."),
         Field("prompt", "long_template", "Where to split", "In plain words.", required=True, common=True,
               example="One file for each invoice."),
         *P, LLM_KEY, start={"file_url": "", "prompt": ""}),
    kind("print_page", "Page as PDF", "printer", "files", "Save the page that is open as a PDF.",
         Field("custom_filename", "template", "Name of the file", "Empty: the title of the page.", common=True),
         Field("format", "choice", "Paper", "The size of the pages.", default="A4", choices=_PAPER, common=True),
         Field("landscape", "flag", "Landscape", "Pages that are wider than high.", default=False),
         Field("print_background", "flag", "With background", "Colours and pictures behind the text.", default=True),
         Field("include_timestamp", "flag", "With date and time", "At the edge of each page.", default=True), *P),
    kind("pdf_parser", "Read PDF (older)", "file-text", "files", "Replaced by Read file.", FILE_URL, JSON_SCHEMA,
         start={"file_url": ""}, deprecated=True),
    kind("download_to_s3", "Fetch into storage (older)", "cloud-download", "files",
         "Store what an address answers with among the files of the run. Replaced by Download file.",
         replace(PAGE, required=True, help="The address of the file."), start={"url": ""}, deprecated=True),
    kind("upload_to_s3", "Store files (older)", "cloud-upload", "files",
         "Store files of the run in Skyvern's own bucket. Replaced by Upload file.",
         Field("path", "template", "Which folder or file", "Empty: all files that this run downloaded.", common=True),
         deprecated=True),
)
