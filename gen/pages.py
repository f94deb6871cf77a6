"""Hand the rendered site to MkDocs: the script of mkdocs-gen-files."""

import mkdocs_gen_files

from gen import site

for path, file in site.current.files.items():
    with mkdocs_gen_files.open(path, "wb") as out:
        out.write(file.content)
    mkdocs_gen_files.set_edit_path(path, file.edit)
