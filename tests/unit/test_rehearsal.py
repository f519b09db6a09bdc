"""A rehearsal's folders. What it does in them, the engine's tests show."""

import stat

from bodo_infra.driver.rehearsal import Rehearsal


def test_nobody_else_reads_what_a_rehearsal_leaves_nor_the_real_state_that_comes_beside_it(tmp_path):
    rehearsal = Rehearsal(root=tmp_path)
    rehearsal.prepare()

    made = (tmp_path / ".bodo-infra", rehearsal.folder, rehearsal.backend)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o700] * 3
