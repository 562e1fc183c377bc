-- Makes the role tasksbus_publisher, which can schedule and cancel tasks and raise events by SQL and nothing else. Run it on the database
-- of TasksBus, as a superuser, after a server has started. It may run again. Where TasksBus:SqlSchema names another schema, put that name
-- for tasksbus: the server prints it so with --publisher-role. Then give the role to the users of your services:
-- grant tasksbus_publisher to web_shop;
do $$ begin
    create role tasksbus_publisher nologin;
exception when duplicate_object then
    null;
end $$;
grant usage on schema "tasksbus" to tasksbus_publisher;
grant execute on function "tasksbus".schedule_task, "tasksbus".schedule_tasks, "tasksbus".cancel_task,
    "tasksbus".raise_event to tasksbus_publisher;
