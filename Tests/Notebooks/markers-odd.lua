--%% no space
x = 1

  -- %% indented
y = 2

--  %%   many   spaces  name="a"
z = 3
