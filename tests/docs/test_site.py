"""The documentation is a site in which no link is broken."""

import os
import subprocess
import sys


def test_the_site_builds_and_every_link_leads_somewhere(root, tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path]
    made = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    assert made.returncode == 0, made.stdout + made.stderr
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "Getting started" in page and "http" not in "".join(
        line for line in page.splitlines() if "<link" in line and "stylesheet" in line
    )
