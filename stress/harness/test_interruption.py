"""A run stopped at any moment, kindly or by SIGKILL, and resumed: each planned (block, cell) is there exactly once."""

import os
import random
import signal
import subprocess
import time
import unittest

from stress.harness import bench_case

KILLS = 20


def alive_subjects(marker):
    """Subjects of this machine that were started with `marker`: none may outlive its harness."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                with open(f"/proc/{entry.name}/cmdline", "rb") as file:
                    line = file.read()
            except OSError:
                continue
            if b"fake_subject.sh\0--workload" in line and marker in line:
                found.append(entry.name)
    return found


class interruptions(bench_case.bench_case):
    plan = ("--workload", "steady", "--parker", "good_parker,other_parker", "--workers", "1,2", "--blocks", "4", "--seed", "11")

    def start(self, *words):
        return subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def begin_or_resume(self):
        if (self.out / "plan.json").exists():
            return self.command("--resume", str(self.out))
        for leftover in self.out.glob("*") if self.out.exists() else ():  # killed before the plan: nothing was begun, start anew
            leftover.rmdir() if leftover.is_dir() else leftover.unlink()
        return self.command(*self.plan, "--out", str(self.out))

    def measured(self):
        return len(list(self.out.glob("blocks/*.json")))

    def test_sigkill_at_random_moments(self):
        """Spread over the run by what was measured before each, not by the clock: this machine's speed changes from second to second."""
        generator = random.Random(os.environ.get("STEALYARD_TEST_SEED", "20"))
        begun = time.monotonic()
        self.out = self.folder / "whole"
        self.expect(0, self.bench(*self.plan, "--out", str(self.out)))
        whole = time.monotonic() - begun
        steps = self.measured()
        self.assertGreater(steps, 5)
        for kill in range(KILLS):
            self.out = self.folder / f"run{kill}"
            after, more = kill % steps, generator.uniform(0, whole / steps)
            with self.subTest(after=after, more=more):
                running = subprocess.Popen(self.command(*self.plan, "--out", str(self.out)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                while running.poll() is None and self.measured() < after:
                    time.sleep(0.005)
                time.sleep(more)
                running.kill()
                running.wait()
                done = subprocess.run(self.begin_or_resume(), capture_output=True, text=True, timeout=120, check=False)
                self.expect(0, done)
                self.check_exactly_once()

    def test_sigkill_again_and_again_in_one_run(self):
        generator = random.Random(4)
        for _ in range(KILLS):
            running = subprocess.Popen(self.begin_or_resume(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(generator.uniform(0.1, 0.6))
            running.kill()
            running.wait()
        self.expect(0, subprocess.run(self.begin_or_resume(), capture_output=True, text=True, timeout=120, check=False))
        self.check_exactly_once()

    def stop_by(self, number):
        running = self.start(*self.plan, "--out", str(self.out))
        while self.measured() < 3:
            self.assertIsNone(running.poll())
            time.sleep(0.01)
        running.send_signal(number)
        _, complaints = running.communicate(timeout=10)
        return running.returncode, complaints

    def test_ctrl_c_and_its_kin_keep_everything_and_say_how_to_resume(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                self.out = self.folder / number.name
                status, complaints = self.stop_by(number)
                self.assertEqual(status, 130)
                self.assertIn(f"stopped by {number.name}", complaints)
                self.assertNotIn("Traceback", complaints)
                self.assertGreaterEqual(len(self.result()["measurements"]), 3)
                self.assertFalse(self.result()["complete"])
                command = next(line for line in complaints.splitlines() if "--resume" in line)
                self.expect(0, subprocess.run(command, shell=True, cwd=bench_case.sample.REPOSITORY, capture_output=True, text=True,
                                              timeout=120, check=False))
                self.check_exactly_once()

    def test_a_stopped_or_killed_run_leaves_no_subject_behind(self):
        for number, status in ((signal.SIGTERM, 130), (signal.SIGKILL, -9)):
            with self.subTest(signal=number.name):
                self.out = self.folder / number.name
                size = str(os.getpid() * 100 + number)  # tells our subjects from those of anybody else
                running = self.start("--workload", "hang", "--size", size, "--workers", "1", "--blocks", "1", "--out", str(self.out))
                while not alive_subjects(size.encode()):
                    self.assertIsNone(running.poll())
                    time.sleep(0.01)
                running.send_signal(number)
                running.communicate(timeout=10)
                self.assertEqual(running.returncode, status)
                deadline = time.monotonic() + 5
                while alive_subjects(size.encode()) and time.monotonic() < deadline:
                    time.sleep(0.01)
                left = alive_subjects(size.encode())
                for process in left:
                    os.kill(int(process), signal.SIGKILL)
                self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
