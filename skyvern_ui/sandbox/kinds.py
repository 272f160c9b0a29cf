"""The kinds of blocks that work in a browser, and which scenes of the story each of them plays."""

SCENES = {"task": (0, 1, 2, 3, 4), "navigation": (0, 1, 2), "login": (3, 1), "file_download": (1, 2), "action": (1,),
          "extraction": (4,), "validation": (4,)}
WITH_BROWSER = (*SCENES, "goto_url", "code")  # each is a task of its own behind the run
