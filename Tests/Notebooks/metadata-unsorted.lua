-- %% zeta=1 alpha=2 name="n" Upper=3
x = 1
