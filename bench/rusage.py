# Runs a program and says on descriptor 3 what it took: wall seconds, CPU seconds, peak RSS in KiB, exit code.
# wait4 counts the program and every descendant it waited for; the peak is the largest single process of them.
import os, sys, time

arguments = sys.argv[1:]
started = time.perf_counter()
pid = os.posix_spawnp(arguments[0], arguments, os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, 3)])
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - started
kib = usage.ru_maxrss // 1024 if sys.platform == 'darwin' else usage.ru_maxrss
code = os.waitstatus_to_exitcode(status)
os.write(3, f'{wall} {usage.ru_utime + usage.ru_stime} {kib} {code}'.encode())
