-- %% language="bash"
-- ls -l
-- echo done

-- %% language="html" magic_args="--isolated"
-- <b>bold</b>

-- %%
x = 1
