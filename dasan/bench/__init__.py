"""The benchmarks behind ``dasan bench``: figures beside a baseline measured in the same run, on the same data.

A figure alone says more about the machine than about the program, so most are ratios. Medians of five runs for what
takes under ten seconds. The server under test is the real one, in a process of its own, and its CPU time is read from
the kernel; the load comes from other processes. What is measured is printed whether or not it reaches its target.
"""
