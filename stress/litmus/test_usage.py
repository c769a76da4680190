"""python3 test_usage.py path/to/stealyard-litmus: what is refused, with status 2 and in one line that names it; what is printed."""

import subprocess
import sys

LITMUS = sys.argv[1]
SIXTEEN = "; ".join(["add x 1 rlx"] * 16)
REFUSED = (
    ([], "subcommand"),
    (["frobnicate"], "frobnicate"),
    (["outcomes", ""], "'': accepted is an instruction"),
    (["outcomes", "jump x"], "'jump': accepted is one of load"),
    (["outcomes", "load x"], "'load x': accepted is load LOCATION ORDER"),
    (["outcomes", "load q acquire"], "'q': accepted is a location"),
    (["outcomes", "store x 300 relaxed"], "'300': accepted is a value"),
    (["outcomes", "load x strong"], "'strong': accepted is an order"),
    (["outcomes", "store x 1 acquire"], "accepted is a store that is"),
    (["outcomes", "cas x 0 1 acq_rel release"], "accepted is a failure order"),
    (["outcomes", "read x || store x 1 relaxed"], "atomic throughout"),
    (["outcomes", "read x||read x||read x||read x||read x"], "1 to 4 threads"),
    (["outcomes", SIXTEEN], "at most 32"),
    (["outcomes", "--seq-cst", "rc12", "read x"], "rc12"),
    (["properties", "--programs", "0"], "--programs"),
)
PRINTED = (
    (["outcomes", "store x 1 rlx; load y rlx || store y 1 rlx; load x rlx"], "0 0 | x=1 y=1\n"),
    (["outcomes", "load y rlx; store x 1 rlx || load x rlx; store y 1 rlx"], "1 1 | x=1 y=1   only by load buffering"),
    (["outcomes", "--load-buffering", "load y rlx; store x 1 rlx || load x rlx; store y 1 rlx"], "1 1 | x=1 y=1\n"),
    (["outcomes", "write x 1 || read x"], "data race"),
    (["list"], "Z6.U"),
)

wrong = 0
for arguments, mention in (*REFUSED, *PRINTED):
    got = subprocess.run([LITMUS, *arguments], capture_output=True, text=True, check=False)
    refused = (arguments, mention) in REFUSED
    said = got.stderr if refused else got.stdout
    if got.returncode != (2 if refused else 0) or mention not in said or (refused and said.count("\n") != 1):
        wrong += 1
        print(f"wrong: {arguments}: status {got.returncode}, no {mention!r} as asked: {got.stdout}{got.stderr}")
sys.exit(1 if wrong else 0)
