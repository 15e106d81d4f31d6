/** The service worker. What it does is in the files that it imports. */

importScripts('/static/js/push_received.js');
