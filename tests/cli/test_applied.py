"""What `status` calls applied is what a rung took, not all that was tried."""

from __future__ import annotations


def test_a_patch_that_nothing_takes_and_an_empty_one_are_not_applied(shell, add_submission, patch_of):
    fits = patch_of(1, "    return x", "    return 1 + x")
    made = {
        "o__lib-0": patch_of(0, "    return x", "    return 1 + x"),
        "o__lib-1": fits,
        "o__lib-2": fits.replace("-    return x", "-    return nobody"),
        "o__lib-3": "I could not solve it.\n",
        "o__lib-4": "",
    }
    add_submission(shell, "heron", made, {0, 1, 2})
    shell.run("pull")
    one = next(one for one in shell.json("status")["submissions"] if one["submission"] == "heron")
    assert one["dispositions"]["unappliable"] == 2
    lines = shell.run("status").stdout.splitlines()
    head = next(line for line in lines if "applied" in line and "submission" in line).split()
    row = next(line for line in lines if line.split()[:1] == ["heron"]).split()
    assert int(row[head.index("applied")]) == sum(one["rungs"].values()) == 2
    assert int(row[head.index("tried")]) > 2
